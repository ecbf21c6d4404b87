//! What the library exports, from its own metadata, as one readable page: `docs/surface.txt`, compared by a test.

use anyhow::{Result, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use uniffi_bindgen::macro_metadata::extract_from_library;
use uniffi_meta::{FieldMetadata, FnParamMetadata, Metadata, ObjectImpl, Type};

/// Prints the surface. Fails where something exported has no docs, for they become the Kotlin and Swift docs, and
/// where a type is exported that no call takes or gives.
pub fn print(library: &str) -> Result<()> {
    let mut page = Page::default();
    for item in extract_from_library(library.into())? {
        page.add(item);
    }
    ensure!(page.undocumented.is_empty(), "exported without docs: {}", page.undocumented.join(", "));
    let unused = page.unused();
    ensure!(unused.is_empty(), "exported, but no call takes or gives it: {}", unused.join(", "));
    print!("{}", page.render());
    Ok(())
}

#[derive(Default)]
struct Page {
    /// Kind and name of each item, with its lines.
    items: BTreeMap<(Kind, String), Vec<Line>>,
    undocumented: Vec<String>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Kind {
    Function,
    Object,
    Trait,
    Error,
    Enum,
    Record,
}

struct Line {
    /// The room of an object's call: calls of one room are printed together.
    room: String,
    text: String,
    /// The named types in it.
    types: Vec<String>,
}

impl Page {
    fn add(&mut self, item: Metadata) {
        match item {
            Metadata::Object(object) => {
                self.documented(&object.name, &object.docstring);
                let kind = if object.imp == ObjectImpl::Struct { Kind::Object } else { Kind::Trait };
                self.items.entry((kind, object.name)).or_default();
            }
            Metadata::Constructor(new) => {
                let call = Call { name: &format!("new {}", new.name), inputs: &new.inputs, gives: None };
                self.call(Kind::Object, &new.self_name, call, new.throws.as_ref(), "", &new.docstring);
            }
            Metadata::Method(method) => {
                let call = Call { name: &method.name, inputs: &method.inputs, gives: method.return_type.as_ref() };
                let room = method.module_path.rsplit("::").next().unwrap_or_default().to_owned();
                self.call(Kind::Object, &method.self_name, call, method.throws.as_ref(), &room, &method.docstring);
            }
            Metadata::TraitMethod(method) => {
                let call = Call { name: &method.name, inputs: &method.inputs, gives: method.return_type.as_ref() };
                self.call(Kind::Trait, &method.trait_name, call, method.throws.as_ref(), "", &method.docstring);
            }
            Metadata::Func(function) => {
                let call =
                    Call { name: &function.name, inputs: &function.inputs, gives: function.return_type.as_ref() };
                self.call(Kind::Function, "", call, function.throws.as_ref(), "", &function.docstring);
            }
            Metadata::Record(record) => {
                self.documented(&record.name, &record.docstring);
                let lines = record.fields.iter().map(|field| self.field(&record.name, field)).collect();
                self.items.insert((Kind::Record, record.name), lines);
            }
            Metadata::Enum(of) => {
                self.documented(&of.name, &of.docstring);
                let kind = if of.shape.is_error() { Kind::Error } else { Kind::Enum };
                let mut lines = Vec::new();
                for variant in &of.variants {
                    let whole = format!("{}.{}", of.name, variant.name);
                    self.documented(&whole, &variant.docstring);
                    let fields: Vec<Line> = variant.fields.iter().map(|field| self.field(&whole, field)).collect();
                    let texts: Vec<&str> = fields.iter().map(|field| field.text.as_str()).collect();
                    let text = match texts.as_slice() {
                        [] => variant.name.clone(),
                        texts => format!("{} {{ {} }}", variant.name, texts.join(", ")),
                    };
                    let types = fields.into_iter().flat_map(|field| field.types).collect();
                    lines.push(Line { room: String::new(), text, types });
                }
                self.items.insert((kind, of.name), lines);
            }
            // We export nothing of these; one that appears is reported as used by no call.
            Metadata::CallbackInterface(other) => drop(self.items.insert((Kind::Record, other.name), vec![])),
            Metadata::CustomType(other) => drop(self.items.insert((Kind::Record, other.name), vec![])),
            Metadata::Namespace(_) | Metadata::UdlFile(_) => {}
            Metadata::UniffiTrait(_) | Metadata::ObjectTraitImpl(_) => {}
        }
    }

    fn call(&mut self, kind: Kind, of: &str, call: Call<'_>, throws: Option<&Type>, room: &str, docs: &Option<String>) {
        self.documented(&format!("{of}.{}", call.name), docs);
        let mut types = Vec::new();
        let mut name = |ty: &Type| named(ty, &mut types);
        let input = |input: &FnParamMetadata, name: String| {
            format!("{}: {}{name}", input.name, if input.by_ref { "&" } else { "" })
        };
        let inputs: Vec<String> = call.inputs.iter().map(|each| input(each, name(&each.ty))).collect();
        let gives = call.gives.map_or(String::new(), |ty| format!(" -> {}", name(ty)));
        let throws = throws.map_or(" (never fails)".to_owned(), |ty| format!(" throws {}", name(ty)));
        let text = format!("{}({}){gives}{throws}", call.name, inputs.join(", "));
        let line = Line { room: room.to_owned(), text, types };
        self.items.entry((kind, of.to_owned())).or_default().push(line);
    }

    fn field(&mut self, of: &str, field: &FieldMetadata) -> Line {
        self.documented(&format!("{of}.{}", field.name), &field.docstring);
        let mut types = Vec::new();
        let default = if field.default.is_some() { " = default" } else { "" };
        let text = format!("{}: {}{default}", field.name, named(&field.ty, &mut types));
        Line { room: String::new(), text, types }
    }

    fn documented(&mut self, name: &str, docs: &Option<String>) {
        if docs.as_ref().is_none_or(|text| text.trim().is_empty()) {
            self.undocumented.push(name.to_owned());
        }
    }

    /// Types that cannot be reached from a call.
    fn unused(&self) -> Vec<&str> {
        let calls = |kind: Kind| kind < Kind::Error;
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut waiting: Vec<&Line> =
            self.items.iter().filter(|((kind, _), _)| calls(*kind)).flat_map(|(_, lines)| lines).collect();
        while let Some(line) = waiting.pop() {
            for name in line.types.iter().filter(|name| !reached.contains(name.as_str())).collect::<Vec<_>>() {
                reached.insert(name);
                waiting.extend(self.items.iter().filter(|((_, of), _)| of == name).flat_map(|(_, lines)| lines));
            }
        }
        let named = self.items.keys().filter(|(kind, _)| !calls(*kind)).map(|(_, name)| name.as_str());
        named.filter(|name| !reached.contains(name)).collect()
    }

    fn render(&self) -> String {
        let mut out = String::new();
        for ((kind, name), lines) in &self.items {
            let title = match kind {
                Kind::Function => "functions".to_owned(),
                Kind::Object => format!("object {name}"),
                Kind::Trait => format!("trait {name}, implemented by the shell"),
                Kind::Error => format!("error {name}"),
                Kind::Enum => format!("enum {name}"),
                Kind::Record => format!("record {name}"),
            };
            let _ = writeln!(out, "{title}");
            let mut lines: Vec<&Line> = lines.iter().collect();
            if *kind < Kind::Error {
                // The order of symbols in a library says nothing.
                lines.sort_by_key(|line| (&line.room, &line.text));
            }
            let mut room = "";
            for line in lines {
                if line.room != room && *name == "Session" {
                    let _ = writeln!(out, "  {}", line.room);
                }
                room = &line.room;
                let _ = writeln!(out, "    {}", line.text);
            }
            let _ = writeln!(out);
        }
        out.trim_end().to_owned() + "\n"
    }
}

struct Call<'a> {
    name: &'a str,
    inputs: &'a [FnParamMetadata],
    gives: Option<&'a Type>,
}

/// How a type is written here; the names in it go into `types`.
fn named(ty: &Type, types: &mut Vec<String>) -> String {
    match ty {
        Type::UInt8 => "u8".into(),
        Type::Int8 => "i8".into(),
        Type::UInt16 => "u16".into(),
        Type::Int16 => "i16".into(),
        Type::UInt32 => "u32".into(),
        Type::Int32 => "i32".into(),
        Type::UInt64 => "u64".into(),
        Type::Int64 => "i64".into(),
        Type::Float32 => "f32".into(),
        Type::Float64 => "f64".into(),
        Type::Boolean => "bool".into(),
        Type::String => "string".into(),
        Type::Bytes => "bytes".into(),
        Type::Optional { inner_type } => format!("{}?", named(inner_type, types)),
        Type::Sequence { inner_type } => format!("[{}]", named(inner_type, types)),
        Type::Box { inner_type } => named(inner_type, types),
        Type::Map { key_type, value_type } => format!("[{}: {}]", named(key_type, types), named(value_type, types)),
        other => {
            let name = other.name().unwrap_or("?").to_owned();
            types.push(name.clone());
            name
        }
    }
}
