use arrow_udf::function;

#[function("gcd(int, int) -> int")]
fn gcd(mut a: i32, mut b: i32) -> i32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[function("div(bigint, bigint) -> bigint")]
fn div(a: i64, b: i64) -> Result<i64, &'static str> {
    if b == 0 {
        return Err("division by zero");
    }
    Ok(a / b)
}

#[function("greet(string) -> string")]
fn greet(name: &str, out: &mut impl std::fmt::Write) {
    write!(out, "hello {name}").unwrap();
}

#[function("oddly(int) -> int")]
fn oddly(a: i32) -> Option<i32> {
    if a % 2 == 0 { None } else { Some(a) }
}

#[function("series(int) -> setof int")]
fn series(n: i32) -> impl Iterator<Item = i32> {
    0..n
}
