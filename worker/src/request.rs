//! A request as handlers read it. The bindings' own type asks the runtime for the whole of a request
//! as soon as there is one, where the visitor is included: that costs more than all the rest, and
//! one call in ten needs it.

use worker::js_sys::Uint8Array;
use worker::js_sys::futures::JsFuture;
use worker::{FromRequest, Headers, Method, web_sys};

/// A request of a page, a person or a program.
pub struct Request {
    raw: web_sys::Request,
    headers: Headers,
    /// As it was stated.
    stated: String,
    method: Method,
}

impl FromRequest for Request {
    fn from_raw(raw: web_sys::Request) -> Result<Self, impl Into<Box<dyn std::error::Error>>> {
        let stated = raw.method();
        let method = stated.clone().into();
        Ok::<_, worker::Error>(Self { headers: Headers(raw.headers()), stated, method, raw })
    }
}

impl Request {
    /// Its headers.
    pub const fn headers(&self) -> &Headers {
        &self.headers
    }

    /// Its method; GET for one that is not known, so see [`Self::is`].
    pub fn method(&self) -> Method {
        self.method.clone()
    }

    /// Whether that is the method that it states.
    pub fn is(&self, method: &str) -> bool {
        self.stated == method
    }

    /// The path of its address, as URLs write it.
    pub fn path(&self) -> String {
        path(&self.raw.url()).into()
    }

    /// Whether it has a body.
    pub fn has_body(&self) -> bool {
        self.raw.body().is_some()
    }

    /// Its body in one piece.
    ///
    /// # Errors
    /// The runtime's, when it breaks off.
    pub async fn bytes(&self) -> worker::Result<Vec<u8>> {
        let buffer = JsFuture::from(self.raw.array_buffer()?).await?;
        Ok(Uint8Array::new(&buffer).to_vec())
    }

    /// All that the bindings know to do with it.
    pub fn whole(&self) -> worker::Request {
        // The handle; `Request.clone` of the runtime would be another request.
        Clone::clone(&self.raw).into()
    }
}

/// The path of an address of http: after the host, which has no slash, and before a query or a
/// fragment. The runtime gives addresses in the form that the URL standard writes them in.
fn path(url: &str) -> &str {
    let address = url.split(['?', '#']).next().unwrap_or_default();
    let host = address.split_once("://").map_or("", |(_, host)| host);
    host.find('/').and_then(|slash| host.get(slash..)).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn a_path_begins_after_the_host_and_ends_before_a_query() {
        for (url, expected) in [
            ("https://econsent.example/api/verify/match", "/api/verify/match"),
            ("http://127.0.0.1:8787/", "/"),
            ("http://[::1]:8787/certificate/EC-1?at=/x", "/certificate/EC-1"),
            ("https://econsent.example/?url=https://forms.leadgen.com/a", "/"),
            ("https://econsent.example/opt-out#/form?", "/opt-out"),
            ("https://econsent.example//api/keys", "//api/keys"),
            ("https://econsent.example/a%2Fb", "/a%2Fb"),
        ] {
            assert_eq!(path(url), expected, "{url}");
        }
    }
}
