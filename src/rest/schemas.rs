//! JSON Schemas (2020-12, as OpenAPI 3.1 has them) of what routes take and give.

use async_graphql_value::ConstValue;
use serde_json::{Map, Value, json};

use super::coerce::{InputObject, Inputs, Kind};
use super::shape::{Leaf, Member, Node, Object, Place, Shape};
use super::types::{EnumTable, Types, code_text};

/// What a parameter takes, in its canonical form; the adapter is more lenient.
pub(super) fn of_kind(inputs: &Inputs, kind: &Kind) -> Value {
    match kind {
        Kind::Int => json!({"type": "integer", "format": "int32"}),
        Kind::Float => json!({"type": "number"}),
        Kind::Boolean => json!({"type": "boolean"}),
        Kind::Text => json!({"type": "string"}),
        Kind::Instant => json!({"type": "string", "format": "date-time"}),
        Kind::Enum(table) => json!({"type": "string", "enum": accepted(table)}),
        Kind::Object(index) => reference(&inputs.objects[*index].name),
        Kind::List(element) => json!({"type": "array", "items": of_kind(inputs, &element.kind)}),
        Kind::Upload => json!({"type": "string", "contentMediaType": "application/octet-stream"}),
        Kind::Scalar(name) => json!({"title": name.as_str()}),
    }
}

/// The default value of a parameter, as a client would send it.
pub(super) fn of_default(value: &ConstValue) -> Option<Value> {
    match value {
        ConstValue::Null => None,
        ConstValue::Enum(name) => Some(Value::from(name.to_ascii_lowercase())),
        value => value.clone().into_json().ok(),
    }
}

fn accepted(table: &EnumTable) -> Vec<String> {
    let values = table.values.iter();
    values
        .flat_map(|value| std::iter::once(value.name.to_ascii_lowercase()).chain(value.codes.iter().map(code_text)))
        .fold(Vec::new(), |mut accepted, word| {
            if !accepted.contains(&word) {
                accepted.push(word);
            }
            accepted
        })
}

pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// An input object, its members named as clients spell them.
pub(super) fn of_input(inputs: &Inputs, types: &Types, object: &InputObject) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    let declared = types.input_object(&object.name);
    for field in &object.fields {
        let name = &field.names[0];
        let known = declared.and_then(|kind| kind.fields.iter().find(|known| known.node.name.node == field.name));
        let description = known.and_then(|known| known.node.description.as_ref()).map(|text| text.node.as_str());
        properties.insert(name.clone(), described(of_kind(inputs, &field.typed.kind), description));
        if field.typed.required {
            required.push(name.clone());
        }
    }
    described(object_schema(properties, required), types.description(&object.name))
}

pub(super) fn object_schema(properties: Map<String, Value>, required: Vec<String>) -> Value {
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = Value::from(required);
    }
    schema
}

pub(super) fn described(mut schema: Value, description: Option<&str>) -> Value {
    if let (Value::Object(members), Some(text)) = (&mut schema, description) {
        members.insert("description".to_owned(), Value::from(text));
    }
    schema
}

/// What a value of an answer looks like.
pub(super) fn of_node(types: &Types, node: &Node) -> Value {
    let schema = match &node.shape {
        Shape::Leaf(leaf) => of_leaf(types, leaf),
        Shape::Object(object) => of_object(types, object),
        Shape::Variants(variants) => {
            let titled = variants.iter().map(|(name, object)| {
                let mut schema = of_object(types, object);
                schema["title"] = Value::from(name.as_str());
                schema
            });
            json!({"anyOf": titled.collect::<Vec<_>>()})
        }
        Shape::List(element) => json!({"type": "array", "items": of_node(types, element)}),
        Shape::Only(_, inner) => of_node(types, inner),
        Shape::Joined(..) => json!({"type": "string"}),
        Shape::Keyed(_, entry) => json!({"type": "object", "additionalProperties": of_node(types, entry)}),
    };
    let schema = if node.nullable { nullable(schema) } else { schema };
    let about: Vec<String> = node.description.iter().cloned().chain(form(&node.shape)).collect();
    match about.as_slice() {
        [] => schema,
        about => described(schema, Some(&about.join(" "))),
    }
}

/// What the type does not say about a value that the document gives another form.
fn form(shape: &Shape) -> Option<String> {
    match shape {
        Shape::Joined(separator, _) => Some(format!("Values joined by {separator:?}.")),
        Shape::Keyed(key, _) => Some(format!("One member for each, named by its `{key}`.")),
        Shape::Leaf(Leaf::EpochMillis) => Some("Milliseconds since 1970-01-01T00:00:00Z.".to_owned()),
        _ => None,
    }
}

fn nullable(mut schema: Value) -> Value {
    if let Some(Value::String(name)) = schema.get("type") {
        schema["type"] = json!([name, "null"]);
        if let Some(Value::Array(values)) = schema.get_mut("enum") {
            values.push(Value::Null);
        }
        return schema;
    }
    if let Some(Value::Array(branches)) = schema.get_mut("anyOf") {
        branches.push(json!({"type": "null"}));
        return schema;
    }
    if schema.get("allOf").is_some() {
        return json!({"anyOf": [schema, {"type": "null"}]});
    }
    // Nullable already, or anything at all.
    schema
}

fn of_leaf(types: &Types, leaf: &Leaf) -> Value {
    match leaf {
        Leaf::Plain(name) => match name.as_str() {
            "String" | "ID" => json!({"type": "string"}),
            "Int" => json!({"type": "integer"}),
            "Float" => json!({"type": "number"}),
            "Boolean" => json!({"type": "boolean"}),
            "DateTime" => json!({"type": "string", "format": "date-time"}),
            other => described(json!({"title": other}), types.description(other)),
        },
        Leaf::Enum(table) => json!({"type": "string", "enum": names(table, str::to_owned)}),
        Leaf::LowerEnum(table) => json!({"type": "string", "enum": names(table, str::to_lowercase)}),
        Leaf::LowerText => json!({"type": "string"}),
        Leaf::Code(table) => {
            let codes = table.values.iter().filter_map(|value| value.codes.first());
            json!({"enum": codes.filter_map(|code| code.clone().into_json().ok()).collect::<Vec<_>>()})
        }
        Leaf::EpochMillis => json!({"type": "integer", "format": "int64"}),
    }
}

fn names(table: &EnumTable, spell: impl Fn(&str) -> String) -> Vec<String> {
    table.values.iter().map(|value| spell(&value.name)).collect()
}

fn of_object(types: &Types, object: &Object) -> Value {
    let (mut properties, mut required, mut parts) = (Map::new(), Vec::new(), Vec::new());
    members(types, object, &mut properties, &mut required, &mut parts);
    let own = object_schema(properties, required);
    if parts.is_empty() {
        return own;
    }
    parts.insert(0, own);
    json!({"allOf": parts})
}

/// Collects the members; those that depend on a type become parts of their own.
fn members(
    types: &Types,
    object: &Object,
    properties: &mut Map<String, Value>,
    required: &mut Vec<String>,
    parts: &mut Vec<Value>,
) {
    for Member { place, node, omit_empty, .. } in &object.members {
        match (place, &node.shape) {
            (Place::Named { name, .. }, _) => {
                properties.insert(name.clone(), of_node(types, node));
                if !omit_empty {
                    required.push(name.clone());
                }
            }
            (Place::Spread, Shape::Object(inner)) if node.nullable => {
                let (mut inner_properties, mut inner_required) = (Map::new(), Vec::new());
                members(types, inner, &mut inner_properties, &mut inner_required, parts);
                // A null object gives null members.
                properties.extend(inner_properties.into_iter().map(|(name, schema)| (name, nullable(schema))));
                required.extend(inner_required);
            }
            (Place::Spread, Shape::Object(inner)) => members(types, inner, properties, required, parts),
            (Place::Spread, Shape::Variants(_)) => {
                let mut part = of_node(types, node);
                if node.nullable {
                    // Nothing is spread then.
                    if let Some(Value::Array(branches)) = part.get_mut("anyOf") {
                        branches.pop();
                        branches.push(json!({"type": "object"}));
                    }
                }
                parts.push(part);
            }
            (Place::Spread, _) => {}
        }
    }
}
