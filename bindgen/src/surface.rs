//! What the library exports, from its own metadata, as one readable page: `docs/surface.txt`, compared by a test.

use anyhow::{Result, ensure};
use std::collections::BTreeMap;
use std::fmt::Write;
use uniffi_bindgen::macro_metadata::extract_from_library;
use uniffi_meta::{EnumMetadata, FieldMetadata, FnParamMetadata, Metadata, ObjectImpl, Type, VariantMetadata};

/// Prints the surface; fails where something exported has no docs, for they become the Kotlin and Swift docs.
pub fn print(library: &str) -> Result<()> {
    let mut page = Page::default();
    for item in extract_from_library(library.into())? {
        page.add(item);
    }
    ensure!(page.undocumented.is_empty(), "exported without docs: {}", page.undocumented.join(", "));
    print!("{}", page.render());
    Ok(())
}

#[derive(Default)]
struct Page {
    /// Kind and name of each item, with its lines.
    items: BTreeMap<(Kind, String), Vec<String>>,
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

impl Page {
    fn add(&mut self, item: Metadata) {
        match item {
            Metadata::Object(object) => {
                self.documented(&object.name, &object.docstring);
                let kind = if object.imp == ObjectImpl::Struct { Kind::Object } else { Kind::Trait };
                self.items.entry((kind, object.name)).or_default();
            }
            Metadata::Constructor(new) => {
                self.documented(&format!("{}.{}", new.self_name, new.name), &new.docstring);
                let line = format!("new {}", signature(&new.name, &new.inputs, None, new.throws.as_ref()));
                self.items.entry((Kind::Object, new.self_name)).or_default().push(line);
            }
            Metadata::Method(method) => {
                self.documented(&format!("{}.{}", method.self_name, method.name), &method.docstring);
                let line = signature(&method.name, &method.inputs, method.return_type.as_ref(), method.throws.as_ref());
                self.items.entry((Kind::Object, method.self_name)).or_default().push(line);
            }
            Metadata::TraitMethod(method) => {
                self.documented(&format!("{}.{}", method.trait_name, method.name), &method.docstring);
                let line = signature(&method.name, &method.inputs, method.return_type.as_ref(), method.throws.as_ref());
                self.items.entry((Kind::Trait, method.trait_name)).or_default().push(line);
            }
            Metadata::Func(function) => {
                self.documented(&function.name, &function.docstring);
                let of = (&function.inputs, function.return_type.as_ref(), function.throws.as_ref());
                let line = signature(&function.name, of.0, of.1, of.2);
                self.items.entry((Kind::Function, String::new())).or_default().push(line);
            }
            Metadata::Record(record) => {
                self.documented(&record.name, &record.docstring);
                let lines = self.fields(&record.name, &record.fields);
                self.items.insert((Kind::Record, record.name), lines);
            }
            Metadata::Enum(of) => {
                let lines = self.variants(&of);
                let kind = if of.shape.is_error() { Kind::Error } else { Kind::Enum };
                self.items.insert((kind, of.name), lines);
            }
            // Nothing of these is exported; one that appears shows as a line of its own.
            Metadata::CallbackInterface(other) => drop(self.items.insert((Kind::Trait, other.name), vec![])),
            Metadata::CustomType(other) => drop(self.items.insert((Kind::Record, other.name), vec![])),
            Metadata::Namespace(_) | Metadata::UdlFile(_) => {}
            Metadata::UniffiTrait(_) | Metadata::ObjectTraitImpl(_) => {}
        }
    }

    fn variants(&mut self, of: &EnumMetadata) -> Vec<String> {
        self.documented(&of.name, &of.docstring);
        let line = |variant: &VariantMetadata| match variant.fields.as_slice() {
            [] => variant.name.clone(),
            fields => format!("{} {{ {} }}", variant.name, fields.iter().map(field).collect::<Vec<_>>().join(", ")),
        };
        for variant in &of.variants {
            self.documented(&format!("{}.{}", of.name, variant.name), &variant.docstring);
            self.fields(&format!("{}.{}", of.name, variant.name), &variant.fields);
        }
        of.variants.iter().map(line).collect()
    }

    fn fields(&mut self, of: &str, fields: &[FieldMetadata]) -> Vec<String> {
        for field in fields {
            self.documented(&format!("{of}.{}", field.name), &field.docstring);
        }
        fields.iter().map(field).collect()
    }

    fn documented(&mut self, name: &str, docs: &Option<String>) {
        if docs.as_ref().is_none_or(|text| text.trim().is_empty()) {
            self.undocumented.push(name.to_owned());
        }
    }

    fn render(&self) -> String {
        let mut out = String::new();
        for ((kind, name), lines) in &self.items {
            let what = match kind {
                Kind::Function => "functions",
                Kind::Object => "object",
                Kind::Trait => "trait, implemented by the shell,",
                Kind::Error => "error",
                Kind::Enum => "enum",
                Kind::Record => "record",
            };
            let _ = writeln!(out, "{}", format!("{what} {name}").trim_end());
            for line in lines {
                let _ = writeln!(out, "    {line}");
            }
            let _ = writeln!(out);
        }
        out.truncate(out.trim_end().len());
        out + "\n"
    }
}

fn signature(name: &str, inputs: &[FnParamMetadata], gives: Option<&Type>, throws: Option<&Type>) -> String {
    let input = |input: &FnParamMetadata| {
        format!("{}: {}{}", input.name, if input.by_ref { "&" } else { "" }, named(&input.ty))
    };
    let inputs: Vec<String> = inputs.iter().map(input).collect();
    let gives = gives.map_or(String::new(), |ty| format!(" -> {}", named(ty)));
    let throws = throws.map_or(" (never fails)".to_owned(), |ty| format!(" throws {}", named(ty)));
    format!("{name}({}){gives}{throws}", inputs.join(", "))
}

fn field(field: &FieldMetadata) -> String {
    let default = if field.default.is_some() { " = default" } else { "" };
    format!("{}: {}{default}", field.name, named(&field.ty))
}

fn named(ty: &Type) -> String {
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
        Type::Optional { inner_type } => format!("{}?", named(inner_type)),
        Type::Sequence { inner_type } => format!("[{}]", named(inner_type)),
        Type::Box { inner_type } => named(inner_type),
        Type::Map { key_type, value_type } => format!("[{}: {}]", named(key_type), named(value_type)),
        other => other.name().unwrap_or("?").to_owned(),
    }
}
