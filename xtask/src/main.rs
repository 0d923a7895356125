//! `cargo xtask run | test | soak | build`: everything about this repository that is
//! automated, and nothing that the product itself needs.

mod args;
mod assets;
mod bench;
mod chromium;
mod edge;
mod interrupt;
mod local;
mod openapi;
mod pdf_tools;
mod process;
mod progress;
mod run;
mod schemathesis;
mod secrets;
mod setup;
mod shrink;
mod stamp;
mod system;
mod tally;
mod test;
mod tools;
mod verifier;
mod workspace;

use std::process::ExitCode;

use args::Task;
use workspace::Workspace;

fn main() -> ExitCode {
    match start() {
        Ok(code) => code,
        Err(error) if interrupt::requested() => {
            println!("\nstopped: {error:#}");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> anyhow::Result<ExitCode> {
    let task = match args::parse(std::env::args().skip(1)) {
        Ok(task) => task,
        Err(complaint) => {
            eprintln!("{complaint}\n\n{}", args::HELP);
            return Ok(ExitCode::from(2));
        }
    };
    let workspace = Workspace::find()?;
    interrupt::listen()?;
    match task {
        Task::Help => println!("{}", args::HELP),
        Task::Run(options) => run::run(&workspace, &options)?,
        Task::Build(part) => run::build(&workspace, part)?,
        Task::Secrets => print!("{}", secrets::generate()?),
        Task::Bench(arguments) => bench::bench(&workspace, &arguments)?,
        Task::Soak => return test::soak(&workspace),
        Task::Test(options) => return test::test(&workspace, &options),
    }
    Ok(ExitCode::SUCCESS)
}
