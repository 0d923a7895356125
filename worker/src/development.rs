//! What tests see and ask for of a request's round trips: in development only.

use worker::Response;

use crate::app::App;
use crate::problem::Problem;
use crate::request::Request;

/// Lets a round trip fail that the request names: `Econsent-Fault: after 3`.
///
/// # Errors
/// 400 `invalid_fault`.
pub fn prepare(request: &Request, app: &App) -> Result<(), Problem> {
    if !app.faults {
        return Ok(());
    }
    let Some(fault) = request.headers().get("Econsent-Fault")? else { return Ok(()) };
    let fault = fault.parse().map_err(|()| {
        Problem::invalid("invalid_fault", "A fault is before or after, and a number.")
    })?;
    app.db.trips.fail(fault);
    Ok(())
}

/// Says how many round trips the request has made, and how many rows were read for them.
pub fn report(answer: Result<Response, Problem>, app: &App) -> Result<Response, Problem> {
    if !app.faults {
        return answer;
    }
    let mut response = match answer {
        Ok(response) => response,
        Err(problem) => problem.response()?,
    };
    let trips = app.db.trips.made().to_string();
    response.headers_mut().set("Econsent-Round-Trips", &trips)?;
    let rows = app.db.trips.rows().to_string();
    response.headers_mut().set("Econsent-Rows-Read", &rows)?;
    Ok(response)
}
