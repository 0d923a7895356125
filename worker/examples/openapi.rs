//! Prints the document that `/openapi.json` answers with; the build puts it among the static files.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", econsent_worker::openapi::text()?);
    Ok(())
}
