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

use arrow_udf::types::{rust_decimal::Decimal, serde_json, StructType};

#[function("half(decimal) -> decimal")]
fn half(x: Decimal) -> Decimal {
    x / Decimal::from(2)
}

#[function("wrap(json, string) -> json")]
fn wrap(x: serde_json::Value, name: &str) -> serde_json::Value {
    serde_json::json!({ name: x })
}

#[function("shout(largestring) -> largestring")]
fn shout(x: &str, out: &mut impl std::fmt::Write) {
    write!(out, "{x}!").unwrap();
}

#[derive(StructType)]
struct Price {
    net: Decimal,
    note: serde_json::Value,
}

#[function("price(decimal, int) -> struct Price")]
fn price(gross: Decimal, percent: i32) -> Price {
    Price {
        net: gross * Decimal::from(100) / Decimal::from(100 + percent),
        note: serde_json::json!([percent]),
    }
}

#[function("below(int) -> setof int")]
fn below(n: i32) -> Result<impl Iterator<Item = i32>, &'static str> {
    if n < 0 {
        return Err("a number below zero");
    }
    Ok(0..n)
}
