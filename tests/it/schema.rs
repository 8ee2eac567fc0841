//! The public contract: what frontends and legacy clients generate code from.

use odaesan::graphql;
use odaesan::rest::{Adapter, Source, StatusPolicy};
use odaesan::server::{self, Operations, RestOptions};

async fn adapter() -> Adapter<Operations> {
    server::adapter(Operations::unconnected(), RestOptions::default()).await.unwrap()
}

/// Routes of the V1 document that this version serves, and the undocumented one that is kept. The list only grows.
const ROUTES: &str = "\
POST /v1/bind
POST /v1/bind/fillin
GET /v1/bind/refresh/{id}
GET /v1/{infoId}/user/fetch
POST /v1/{infoId}/group
GET /v1/{infoId}/group
PUT /v1/{infoId}/group/{id}
PUT /v1/{infoId}/group/{id}
DELETE /v1/{infoId}/group/{id}
GET /v1/{infoId}/user
GET /v1/{infoId}/user/{id}
POST /v1/{infoId}/user/add
POST /v1/{infoId}/user/add/batch
POST /v1/{infoId}/user/rm
POST /v1/{infoId}/user/rm/batch
POST /v1/{infoId}/text
GET /v1/{infoId}/text/{id}
POST /v1/{infoId}/image
GET /v1/{infoId}/image
GET /v1/{infoId}/image/url/{id}
GET /v1/{infoId}/image/{id}
PUT /v1/{infoId}/image/{id}
DELETE /v1/{infoId}/image/{id}
POST /v1/{infoId}/voice
GET /v1/{infoId}/voice
GET /v1/{infoId}/voice/url/{id}
GET /v1/{infoId}/voice/{id}
PUT /v1/{infoId}/voice/{id}
DELETE /v1/{infoId}/voice/{id}
POST /v1/{infoId}/video/upload
POST /v1/{infoId}/video/{id}
POST /v1/{infoId}/video/upload/{id}
GET /v1/{infoId}/video
GET /v1/{infoId}/video/{id}
DELETE /v1/{infoId}/video/{id}
POST /v1/{infoId}/news/image
POST /v1/{infoId}/news/single
POST /v1/{infoId}/news/multiple
GET /v1/{infoId}/news
GET /v1/{infoId}/news/{id}
PUT /v1/{infoId}/news/single/{id}
PUT /v1/{infoId}/news/multiple/{id}
DELETE /v1/{infoId}/news/{id}
POST /v1/{infoId}/keyword
GET /v1/{infoId}/keyword/subscribe
GET /v1/{infoId}/keyword/default
GET /v1/{infoId}/keyword
GET /v1/{infoId}/keyword/{id}
PUT /v1/{infoId}/keyword/{id}
DELETE /v1/{infoId}/keyword/{id}
GET /v1/{infoId}/menu/fetch
POST /v1/{infoId}/menu/publish
GET /v1/{infoId}/menu
POST /v1/{infoId}/menu
PUT /v1/{infoId}/menu/{id}
DELETE /v1/{infoId}/menu/{id}
POST /v1/{infoId}/menu/bind
POST /v1/{infoId}/menu/unbind
GET /v1/{infoId}/msg
POST /v1/{infoId}/masssend/send
POST /v1/{infoId}/masssend/preview
GET /v1/{infoId}/masssend
GET /v1/{infoId}/masssend/{id}
GET /v1/{infoId}/user/groups/{id}
";

#[test]
fn the_committed_schema_is_what_the_program_prints() {
    let committed = include_str!("../../schema.graphql");
    assert!(graphql::sdl() == committed, "run `cargo run -- schema > schema.graphql` and commit it");
}

/// Types whose elements the library describes, or that GraphQL itself defines.
#[test]
fn every_element_of_the_schema_is_described() {
    let document = async_graphql::parser::parse_schema(graphql::sdl()).unwrap();
    let mut missing = Vec::new();
    for definition in document.definitions {
        use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
        let TypeSystemDefinition::Type(kind) = definition else { continue };
        let kind = kind.node;
        let mut check = |described: bool, name: String| {
            if !described {
                missing.push(name);
            }
        };
        check(kind.description.is_some(), kind.name.to_string());
        match kind.kind {
            TypeKind::Object(object) => {
                for field in object.fields {
                    let path = format!("{}.{}", kind.name, field.node.name);
                    check(field.node.description.is_some(), path.clone());
                    for argument in field.node.arguments {
                        check(argument.node.description.is_some(), format!("{path}({}:)", argument.node.name));
                    }
                }
            }
            TypeKind::InputObject(input) => {
                for field in input.fields {
                    check(field.node.description.is_some(), format!("{}.{}", kind.name, field.node.name));
                }
            }
            TypeKind::Enum(values) => {
                for value in values.values {
                    check(value.node.description.is_some(), format!("{}.{}", kind.name, value.node.value));
                }
            }
            TypeKind::Scalar | TypeKind::Interface(_) | TypeKind::Union(_) => {}
        }
    }
    let inputs = ["Mutation.", "(input:)"];
    missing.retain(|name| !(name.starts_with(inputs[0]) && name.ends_with(inputs[1])));
    assert!(missing.is_empty(), "without a description: {missing:#?}");
}

#[tokio::test]
async fn the_documented_routes_are_served() {
    let routes = adapter().await.routes().map(|route| format!("{} {}\n", route.method, route.path)).collect::<String>();
    assert_eq!(routes, ROUTES);
}

#[tokio::test]
async fn the_openapi_document_is_what_clients_know() {
    let openapi = adapter().await.openapi().clone();
    let version = format!("{:?}", env!("CARGO_PKG_VERSION"));
    insta::assert_snapshot!(format!("{openapi:#}").replace(&version, "\"VERSION\""));
}

#[tokio::test]
async fn a_document_with_a_wrong_field_stops_the_start_and_says_where() {
    let wrong = Source {
        file: "routes/wrong.graphql",
        text: "# 错 · Wrong\nquery Wrong($infoId: ID!)\n@rest(method: GET, path: \"/v1/{infoId}/wrong\", data: \"account\") {\n  account(id: $infoId) {\n    nickname\n  }\n}\n",
    };
    let options = odaesan::rest::Options {
        status: StatusPolicy::EnvelopeOnly,
        title: String::new(),
        version: String::new(),
        description: String::new(),
        max_json_bytes: 0,
        max_upload_bytes: 0,
        files: None,
    };
    let problem = Adapter::new(&[wrong], &graphql::sdl(), Operations::unconnected(), options).await.err().unwrap();
    let message = problem.to_string();
    assert!(message.starts_with("routes/wrong.graphql:5:5"), "{message}");
    assert!(message.contains("Wrong") && message.contains("nickname"), "{message}");
}
