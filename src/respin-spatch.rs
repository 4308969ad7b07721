//! The binary `respin-spatch`: respin with spatch's command line. A link named `spatch` to `respin` is the same.

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = vec![OsString::from("respin-spatch")];
    arguments.extend(std::env::args_os().skip(1));
    respin::cli::main(arguments)
}
