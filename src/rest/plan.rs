//! From an operation's selection to the shape of its answer, at start-up.

use std::collections::HashMap;

use async_graphql::parser::types::{
    BaseType, DirectiveLocation, Field, FragmentDefinition, Selection, SelectionSet, Type, TypeKind,
};
use async_graphql::{Name, Positioned};

use super::directives::{Definitions, Taken};
use super::problem::Problem;
use super::shape::{Leaf, Member, Node, Object, Place, Shape};
use super::types::{EnumTable, Types, named_type};

/// Everything that says what a selection means. The selections were validated against the schema before.
pub(super) struct Planner<'a> {
    pub(super) file: &'static str,
    pub(super) types: &'a Types,
    pub(super) definitions: &'a Definitions,
    /// As written, with our directives.
    pub(super) fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
}

/// The fields that one response key stands for; several if the selection repeats it.
struct Selected<'s> {
    key: &'s Name,
    fields: Vec<&'s Positioned<Field>>,
}

impl Selected<'_> {
    /// What is selected below, of all repetitions together.
    fn below(&self) -> SelectionSet {
        SelectionSet {
            items: self.fields.iter().flat_map(|field| field.node.selection_set.node.items.clone()).collect(),
        }
    }
}

impl Planner<'_> {
    /// Refuses directives that mean nothing where they stand, also on fields that no path leads to.
    pub(super) fn check(&self, root: &str, set: &SelectionSet) -> Result<(), Problem> {
        self.object(root, set).map(drop)
    }

    /// The keys that lead to `path` (response keys joined by dots), and the value there; it is null, too, where
    /// something on the way is.
    pub(super) fn at(
        &self,
        root: &str,
        set: &SelectionSet,
        path: &str,
        rest: &Taken,
    ) -> Result<(Vec<Name>, Node), Problem> {
        let problem = |reason: String| Problem::new(self.file, rest.position, format!("@rest: {path:?}: {reason}"));
        let (mut parent, mut set, mut keys) = (root.to_owned(), set.clone(), Vec::<Name>::new());
        let mut nullable = false;
        let mut segments = path.split('.').peekable();
        while let Some(segment) = segments.next() {
            let mut collected = Vec::new();
            self.collect(&set, &parent, &mut collected);
            let Some(selected) = collected.into_iter().find(|selected| *selected.key == *segment) else {
                let above = keys.last().map_or("the operation", Name::as_str);
                return Err(problem(format!("{above} selects no {segment:?}")));
            };
            keys.push(selected.key.clone());
            let field = selected.fields[0];
            let (ty, description) = self.field_type(&parent, field)?;
            if segments.peek().is_none() {
                let wishes = self.wishes(&selected)?;
                if let Some(misplaced) = wishes.named.as_ref().or(wishes.spread.as_ref()).or(wishes.omit_empty.as_ref())
                {
                    return Err(problem(format!("@{} has no meaning at the end of the path", misplaced.name)));
                }
                let mut node = self.node(&ty, description, &selected, &wishes)?;
                node.nullable |= nullable;
                return Ok((keys, node));
            }
            if let Some(misplaced) = self.taken(&selected)?.first() {
                return Err(problem(format!("@{} has no meaning on the way", misplaced.name)));
            }
            if matches!(ty.base, BaseType::List(_)) {
                return Err(problem(format!("{segment:?} is a list, which a path cannot cross; see @unwrap")));
            }
            let below = selected.below();
            nullable |= ty.nullable;
            parent = named_type(&ty).to_string();
            set = below;
        }
        Err(problem("empty".to_owned()))
    }

    /// The fields that apply to the type `ty`, in the order of the document (GraphQL's CollectFields).
    fn collect<'s>(&'s self, set: &'s SelectionSet, ty: &str, into: &mut Vec<Selected<'s>>) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let key = &field.node.response_key().node;
                    match into.iter_mut().find(|selected| selected.key == key) {
                        Some(selected) => selected.fields.push(field),
                        None => into.push(Selected { key, fields: vec![field] }),
                    }
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
                    if condition.is_none_or(|condition| self.applies(condition, ty)) {
                        self.collect(&inline.node.selection_set.node, ty, into);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node)
                        && self.applies(&fragment.node.type_condition.node.on.node, ty)
                    {
                        self.collect(&fragment.node.selection_set.node, ty, into);
                    }
                }
            }
        }
    }

    fn applies(&self, condition: &str, ty: &str) -> bool {
        condition == ty || self.types.possible(condition).contains(&ty)
    }

    fn field_type(&self, parent: &str, field: &Positioned<Field>) -> Result<(Type, Option<String>), Problem> {
        let name = field.node.name.node.as_str();
        if name == "__typename" {
            let ty = Type { base: BaseType::Named(Name::new("String")), nullable: false };
            return Ok((ty, Some("The name of the object's type.".to_owned())));
        }
        let Some(found) = self.types.field(parent, name) else {
            return Err(Problem::new(self.file, field.pos, format!("the type {parent} has no field {name:?}")));
        };
        Ok((found.ty.node.clone(), found.description.as_ref().map(|text| text.node.clone())))
    }

    fn taken(&self, selected: &Selected<'_>) -> Result<Vec<Taken>, Problem> {
        let mut taken = Vec::new();
        for field in &selected.fields {
            let mut directives = field.node.directives.clone();
            taken.extend(self.definitions.take(self.file, DirectiveLocation::Field, &mut directives)?);
        }
        Ok(taken)
    }

    fn wishes(&self, selected: &Selected<'_>) -> Result<Wishes, Problem> {
        let mut wishes = Wishes::default();
        for taken in self.taken(selected)? {
            let slot = match taken.name.as_str() {
                "named" => &mut wishes.named,
                "unwrap" => &mut wishes.unwrap,
                "join" => &mut wishes.join,
                "keyBy" => &mut wishes.key_by,
                "spread" => &mut wishes.spread,
                "omitEmpty" => &mut wishes.omit_empty,
                _ => &mut wishes.leaf,
            };
            if let Some(other) = slot {
                let reason = format!("@{} and @{} cannot stand together", other.name, taken.name);
                return Err(Problem::new(self.file, taken.position, reason));
            }
            *slot = Some(taken);
        }
        Ok(wishes)
    }

    fn object(&self, ty: &str, set: &SelectionSet) -> Result<Object, Problem> {
        let mut collected = Vec::new();
        self.collect(set, ty, &mut collected);
        let members = collected.iter().enumerate().map(|(index, selected)| self.member(ty, index, selected));
        let object = Object { members: members.collect::<Result<_, _>>()? };
        let mut names = Vec::new();
        member_names(&object, &mut names);
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            None => Ok(object),
            Some(pair) => {
                let position = collected.first().map(|selected| selected.fields[0].pos).unwrap_or_default();
                Err(Problem::new(self.file, position, format!("two members of this object are named {:?}", pair[0])))
            }
        }
    }

    fn member(&self, parent: &str, index: usize, selected: &Selected<'_>) -> Result<Member, Problem> {
        let wishes = self.wishes(selected)?;
        let (ty, description) = self.field_type(parent, selected.fields[0])?;
        let node = self.node(&ty, description, selected, &wishes)?;
        let place = match (&wishes.spread, &wishes.named) {
            (None, named) => {
                Place::named(named.as_ref().and_then(|named| named.text("as")).unwrap_or(selected.key.as_str()))
            }
            (Some(_), None) if matches!(node.shape, Shape::Object(_) | Shape::Variants(_)) => Place::Spread,
            (Some(spread), _) => {
                return Err(Problem::new(
                    self.file,
                    spread.position,
                    "@spread takes an object that keeps its name off",
                ));
            }
        };
        Ok(Member { key: selected.key.clone(), index, place, node, omit_empty: wishes.omit_empty.is_some() })
    }

    fn node(
        &self,
        ty: &Type,
        description: Option<String>,
        selected: &Selected<'_>,
        wishes: &Wishes,
    ) -> Result<Node, Problem> {
        let refuse = |wish: &Taken, takes: &str| {
            Err(Problem::new(
                self.file,
                wish.position,
                format!("@{} takes {takes}, but this is of the type {ty}", wish.name),
            ))
        };
        let is_list = matches!(ty.base, BaseType::List(_));
        let is_composite = self.types.is_composite(named_type(ty));
        match wishes {
            Wishes { key_by: Some(wish), .. } if !is_list || !is_composite => return refuse(wish, "a list of objects"),
            Wishes { join: Some(wish), .. } if !is_list => return refuse(wish, "a list"),
            Wishes { unwrap: Some(wish), .. } if !is_composite => {
                return refuse(wish, "an object or a list of objects");
            }
            Wishes { leaf: Some(wish), .. } if is_composite => return refuse(wish, "a plain value"),
            _ => {}
        }
        let mut node = self.bare(ty, selected, wishes)?;
        node.description = description;
        if let Some(wish) = &wishes.join {
            let Shape::List(element) = node.shape else { return refuse(wish, "a list") };
            if !matches!(&element.shape, Shape::Leaf(_))
                && !matches!(&element.shape, Shape::Only(_, inner) if matches!(inner.shape, Shape::Leaf(_)))
            {
                return refuse(wish, "a list of plain values (see @unwrap)");
            }
            let separator = wish.text("separator").unwrap_or(",").to_owned();
            node.shape = Shape::Joined(separator, element);
        }
        Ok(node)
    }

    /// The value as its type is nested, without `@join`.
    fn bare(&self, ty: &Type, selected: &Selected<'_>, wishes: &Wishes) -> Result<Node, Problem> {
        let shape = match &ty.base {
            BaseType::List(element) => {
                let element = Box::new(self.bare(element, selected, wishes)?);
                match &wishes.key_by {
                    Some(wish) if !matches!(element.shape, Shape::List(_)) => self.keyed(*element, wish, wishes)?,
                    _ => Shape::List(element),
                }
            }
            BaseType::Named(name) if self.types.is_composite(name) => {
                let shape = self.composite(name, &selected.below())?;
                match &wishes.unwrap {
                    Some(wish) if wishes.key_by.is_none() => self.only(shape, wish)?,
                    _ => shape,
                }
            }
            BaseType::Named(name) => Shape::Leaf(self.leaf(name, wishes.leaf.as_ref())?),
        };
        Ok(Node { shape, nullable: ty.nullable, description: None })
    }

    fn composite(&self, ty: &str, set: &SelectionSet) -> Result<Shape, Problem> {
        if !self.types.is_abstract(ty) || !varies(set) {
            return self.object(ty, set).map(Shape::Object);
        }
        let variants = self.types.possible(ty).into_iter().map(|ty| Ok((Name::new(ty), self.object(ty, set)?)));
        variants.collect::<Result<_, _>>().map(Shape::Variants)
    }

    fn only(&self, shape: Shape, wish: &Taken) -> Result<Shape, Problem> {
        match shape {
            Shape::Object(mut object) if object.members.len() == 1 => {
                let member = object.members.remove(0);
                Ok(Shape::Only(member.key, Box::new(member.node)))
            }
            _ => {
                Err(Problem::new(self.file, wish.position, "@unwrap takes an object with exactly one selected member"))
            }
        }
    }

    fn keyed(&self, element: Node, wish: &Taken, wishes: &Wishes) -> Result<Shape, Problem> {
        let member = wish.text("member").unwrap_or_default();
        let refuse = |reason: String| Err(Problem::new(self.file, wish.position, reason));
        let Shape::Object(mut object) = element.shape else {
            return refuse("@keyBy takes objects whose members do not depend on their type".to_owned());
        };
        let Some(index) = object.members.iter().position(|candidate| candidate.key == *member) else {
            return refuse(format!("@keyBy: {member:?} is not selected"));
        };
        let key = object.members[index].key.clone();
        if !matches!(object.members[index].node.shape, Shape::Leaf(_)) {
            return refuse(format!("@keyBy: {member:?} is not a plain value"));
        }
        if !wish.flag("keep") {
            object.members.remove(index);
        }
        let shape = match &wishes.unwrap {
            Some(unwrap) => self.only(Shape::Object(object), unwrap)?,
            None => Shape::Object(object),
        };
        Ok(Shape::Keyed(key, Box::new(Node { shape, nullable: element.nullable, description: element.description })))
    }

    fn leaf(&self, name: &Name, wish: Option<&Taken>) -> Result<Leaf, Problem> {
        let table = self.types.enumeration(name).cloned();
        let Some(wish) = wish else { return Ok(table.map_or_else(|| Leaf::Plain(name.clone()), Leaf::Enum)) };
        let is_scalar = matches!(self.types.get(name).map(|ty| &ty.kind), Some(TypeKind::Scalar));
        match (wish.name.as_str(), table) {
            ("epochMillis", None) if is_scalar && name == "DateTime" => Ok(Leaf::EpochMillis),
            ("lower", Some(table)) => Ok(Leaf::LowerEnum(table)),
            ("lower", None) if name == "String" => Ok(Leaf::LowerText),
            ("code", Some(table)) => match codeless(&table) {
                None => Ok(Leaf::Code(table)),
                Some(value) => {
                    let reason = format!("@code: the value {value} of {name} has no code; see @enumCode");
                    Err(Problem::new(self.file, wish.position, reason))
                }
            },
            (directive, _) => {
                let reason = format!("@{directive} does not fit the type {name}");
                Err(Problem::new(self.file, wish.position, reason))
            }
        }
    }
}

/// Whether members depend on the object's type.
pub(super) fn varies(set: &SelectionSet) -> bool {
    set.items.iter().any(|item| match &item.node {
        Selection::Field(_) => false,
        Selection::FragmentSpread(_) => true,
        Selection::InlineFragment(inline) => {
            inline.node.type_condition.is_some() || varies(&inline.node.selection_set.node)
        }
    })
}

/// What the directives of a field ask for.
#[derive(Default)]
struct Wishes {
    named: Option<Taken>,
    leaf: Option<Taken>,
    unwrap: Option<Taken>,
    join: Option<Taken>,
    key_by: Option<Taken>,
    spread: Option<Taken>,
    omit_empty: Option<Taken>,
}

fn codeless(table: &EnumTable) -> Option<&Name> {
    table.values.iter().find(|value| value.codes.is_empty()).map(|value| &value.name)
}

/// The names that certainly stand in the object; those that depend on a type do not clash with each other.
fn member_names<'a>(object: &'a Object, into: &mut Vec<&'a str>) {
    for member in &object.members {
        match (&member.place, &member.node.shape) {
            (Place::Named { name, .. }, _) => into.push(name),
            (Place::Spread, Shape::Object(inner)) => member_names(inner, into),
            (Place::Spread, Shape::Variants(variants)) => {
                let mut names: Vec<&str> = Vec::new();
                variants.iter().for_each(|(_, inner)| member_names(inner, &mut names));
                names.sort_unstable();
                names.dedup();
                into.extend(names);
            }
            (Place::Spread, _) => {}
        }
    }
}
