//! Tells cargo that the binary holds the folders under transforms/: a new file there has to be seen too.

fn main() {
    println!("cargo::rerun-if-changed=transforms");
}
