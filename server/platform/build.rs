//! The migrations are part of the program: a new file must make it build again.
fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
