//! A plugin of `protoc` that makes the messages of the Rust client, and says of each
//! request which operation it is of. What a proto marks with `debug_redact` is not printed.

use std::io::{self, Read, Write};

use heck::{ToSnakeCase, ToUpperCamelCase};
use prost::Message;
use prost_build::{Config, Module, Service, ServiceGenerator};
use prost_types::compiler::code_generator_response::{Feature, File};
use prost_types::compiler::{CodeGeneratorRequest, CodeGeneratorResponse};

/// The part of the request that says what is secret: the library reads the rest, and has
/// no name yet for that option.
#[derive(Clone, PartialEq, Message)]
struct Request {
    #[prost(message, repeated, tag = "15")]
    proto_file: Vec<Proto>,
}

#[derive(Clone, PartialEq, Message)]
struct Proto {
    #[prost(string, tag = "2")]
    package: String,
    #[prost(message, repeated, tag = "4")]
    message_type: Vec<Described>,
}

#[derive(Clone, PartialEq, Message)]
struct Described {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, repeated, tag = "2")]
    field: Vec<Field>,
    #[prost(message, repeated, tag = "3")]
    nested_type: Vec<Described>,
    #[prost(message, repeated, tag = "8")]
    oneof_decl: Vec<Oneof>,
}

#[derive(Clone, PartialEq, Message)]
struct Field {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "8")]
    options: Option<Options>,
    #[prost(int32, optional, tag = "9")]
    oneof_index: Option<i32>,
    #[prost(bool, tag = "17")]
    proto3_optional: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Options {
    #[prost(bool, tag = "16")]
    debug_redact: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Oneof {
    #[prost(string, tag = "1")]
    name: String,
}

const PACKAGE: &str = "daypass.api.";

fn main() -> io::Result<()> {
    let mut data = Vec::new();
    io::stdin().read_to_end(&mut data)?;
    let request = CodeGeneratorRequest::decode(&data[..]).map_err(io::Error::other)?;
    let mut answer = Vec::new();
    let described = Request::decode(&data[..]).map_err(io::Error::other)?;
    generate(request, &described)?
        .encode(&mut answer)
        .map_err(io::Error::other)?;
    io::stdout().write_all(&answer)
}

fn generate(
    request: CodeGeneratorRequest,
    described: &Request,
) -> io::Result<CodeGeneratorResponse> {
    let mut redacted = Vec::new();
    let mut printed: Vec<(String, String)> = Vec::new();
    for proto in described
        .proto_file
        .iter()
        .filter(|proto| proto.package.starts_with(PACKAGE))
    {
        let module = module_of(&proto.package).to_file_name_or("_");
        for message in &proto.message_type {
            let full = format!(".{}.{}", proto.package, message.name);
            collect(message, &full, "", &mut redacted, &mut |code| {
                printed.push((module.clone(), code));
            });
        }
    }
    let mut config = Config::new();
    config.skip_debug(&redacted);
    config.service_generator(Box::new(Operations));
    // All of them, because ours lean on others; what is made of others is dropped.
    let requests = request
        .proto_file
        .into_iter()
        .map(|proto| (module_of(proto.package()), proto))
        .collect();
    let mut answer = CodeGeneratorResponse {
        supported_features: Some(Feature::Proto3Optional as u64),
        ..Default::default()
    };
    for (module, code) in config.generate(requests)? {
        let name = module.to_file_name_or("_");
        if !name.starts_with(PACKAGE) {
            continue;
        }
        let mut content = format!("// Made from the protos by protos/generate_clients.py.\n{code}");
        for (_, more) in printed.iter().filter(|(of, _)| *of == name) {
            content += more;
        }
        answer.file.push(File {
            name: Some(name),
            content: Some(content),
            ..Default::default()
        });
    }
    Ok(answer)
}

fn module_of(package: &str) -> Module {
    Module::from_protobuf_package_name(package)
}

/// Finds the messages with a secret, and writes how those print.
fn collect(
    message: &Described,
    full: &str,
    path: &str,
    redacted: &mut Vec<String>,
    write: &mut dyn FnMut(String),
) {
    if message.field.iter().any(is_secret) {
        redacted.push(full.to_owned());
        write(message_debug(message, path));
        for place in 0..message.oneof_decl.len() {
            if members(message, place).any(|field| !field.proto3_optional) {
                write(oneof_debug(message, place, path));
            }
        }
    }
    for inner in &message.nested_type {
        let below = format!("{path}{}::", message.name.to_snake_case());
        let full = format!("{full}.{}", inner.name);
        collect(inner, &full, &below, redacted, write);
    }
}

fn is_secret(field: &Field) -> bool {
    field
        .options
        .as_ref()
        .is_some_and(|options| options.debug_redact)
}

fn members(message: &Described, place: usize) -> impl Iterator<Item = &Field> {
    message
        .field
        .iter()
        .filter(move |field| field.oneof_index == Some(place as i32))
}

fn message_debug(message: &Described, path: &str) -> String {
    let mut lines = String::new();
    for field in &message.field {
        if field.oneof_index.is_some() && !field.proto3_optional {
            continue;
        }
        let name = &field.name;
        let value = if is_secret(field) {
            "&crate::REDACTED".to_owned()
        } else {
            format!("&self.{}", identifier(name))
        };
        lines += &format!("            .field(\"{name}\", {value})\n");
    }
    for (place, oneof) in message.oneof_decl.iter().enumerate() {
        if members(message, place).any(|field| !field.proto3_optional) {
            let name = &oneof.name;
            lines += &format!(
                "            .field(\"{name}\", &self.{})\n",
                identifier(name)
            );
        }
    }
    debug_of(
        &format!("{path}{}", message.name.to_upper_camel_case()),
        &format!(
            "f.debug_struct(\"{}\")\n{lines}            .finish()",
            message.name
        ),
    )
}

fn oneof_debug(message: &Described, place: usize, path: &str) -> String {
    let mut lines = String::new();
    for field in members(message, place) {
        let name = field.name.to_upper_camel_case();
        lines += &if is_secret(field) {
            format!("            Self::{name}(_) => f.debug_tuple(\"{name}\").field(&crate::REDACTED).finish(),\n")
        } else {
            format!("            Self::{name}(value) => f.debug_tuple(\"{name}\").field(value).finish(),\n")
        };
    }
    let oneof = message.oneof_decl[place].name.to_upper_camel_case();
    let name = format!("{path}{}::{oneof}", message.name.to_snake_case());
    debug_of(&name, &format!("match self {{\n{lines}        }}"))
}

fn debug_of(name: &str, body: &str) -> String {
    format!(
        "impl ::core::fmt::Debug for {name} {{\n    \
         fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {{\n        \
         {body}\n    }}\n}}\n"
    )
}

fn identifier(name: &str) -> String {
    if name == "type" {
        "r#type".to_owned()
    } else {
        name.to_owned()
    }
}

/// Says of each request which operation it is of.
struct Operations;

impl ServiceGenerator for Operations {
    fn generate(&mut self, service: Service, buf: &mut String) {
        for method in service.methods {
            let which = if method.server_streaming {
                "StreamOperation"
            } else {
                "Operation"
            };
            *buf += &format!(
                "impl crate::{which} for {} {{\n    type Answer = {};\n    \
                 const METHOD: &'static str = \"/{}.{}/{}\";\n}}\n",
                method.input_type,
                method.output_type,
                service.package,
                service.proto_name,
                method.proto_name,
            );
        }
    }
}
