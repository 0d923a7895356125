//! Reading request bodies: never more than a call may have, and only as UTF-8.

use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;

use crate::problem::Problem;
use crate::request::Request;

/// Reads a body of at most `limit` bytes. A longer one is refused at its declared length, or else
/// as soon as it has come in too far.
///
/// # Errors
/// 413 `body_too_large`; 400 `invalid_body` when it breaks off or is not UTF-8.
pub async fn text(request: &mut Request, limit: usize) -> Result<String, Problem> {
    let bytes = bytes(request, limit).await?;
    String::from_utf8(bytes).map_err(|_| Problem::invalid("invalid_body", "The body is not UTF-8."))
}

/// Reads a body of at most `limit` bytes of any kind.
///
/// # Errors
/// 413 `body_too_large`; 400 `invalid_body` when it breaks off.
pub async fn bytes(request: &mut Request, limit: usize) -> Result<Vec<u8>, Problem> {
    let too_large =
        || Problem::new(413, "body_too_large", format!("The body may have at most {limit} bytes."));
    let declared = request.headers().get("Content-Length")?;
    if let Some(length) = declared.and_then(|length| length.parse::<usize>().ok()) {
        if length > limit {
            return Err(too_large());
        }
        // No more comes than was declared (RFC 9112, 6.3), unless chunks go before that.
        if !request.headers().has("Transfer-Encoding")? {
            return request.bytes().await.map_err(|_| broken_off());
        }
    }
    if !request.has_body() {
        return Ok(Vec::new());
    }
    let mut bytes = Vec::new();
    let mut whole = request.whole();
    let mut stream = whole.stream()?;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| broken_off())?;
        if bytes.len() + chunk.len() > limit {
            return Err(too_large());
        }
        bytes.extend(chunk);
    }
    Ok(bytes)
}

fn broken_off() -> Problem {
    Problem::invalid("invalid_body", "The body broke off.")
}

/// Reads a JSON body of at most `limit` bytes.
///
/// # Errors
/// Those of [`text`]; 400 `invalid_json` when it is not JSON of that shape.
pub async fn json<T: DeserializeOwned>(request: &mut Request, limit: usize) -> Result<T, Problem> {
    read(&text(request, limit).await?)
}

/// Reads JSON that has come in.
///
/// # Errors
/// 400 `invalid_json` when it is not JSON of that shape.
pub fn read<T: DeserializeOwned>(body: &str) -> Result<T, Problem> {
    serde_json::from_str(body).map_err(|error| Problem::invalid("invalid_json", told(&error)))
}

/// What is wrong with a body, without the value that was sent: answers end up in logs, and what
/// stood in the wrong place may have been a secret.
fn told(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let quotes = ["invalid type: ", "invalid value: ", "unknown variant "];
    if !quotes.iter().any(|start| message.starts_with(start)) {
        return message;
    }
    match message.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => format!("not as expected at line {} column {}", error.line(), error.column()),
    }
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn what_was_sent_in_the_wrong_place_is_not_repeated() {
        let error = serde_json::from_str::<Vec<u8>>("\"eck_secret, expected 1\"").unwrap_err();
        assert_eq!(told(&error), "expected a sequence at line 1 column 24");
        let error = serde_json::from_str::<Vec<u8>>("[").unwrap_err();
        assert_eq!(told(&error), "EOF while parsing a list at line 1 column 1");
    }
}
