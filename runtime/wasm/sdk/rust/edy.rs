//! Functions for edynamic in Rust. Put this file beside yours as a module, and build
//! with
//!
//! ```text
//! rustc --target wasm32-unknown-unknown -O -C panic=abort -C link-arg=-zstack-size=65536 --crate-type cdylib name.rs
//! ```
//!
//! A text or bytes come as two parameters, `at: *const u8, length: usize`, and go back
//! as a `Text`.
#![allow(dead_code, unused_unsafe)] // an address of a static is safe to take in newer versions

/// A text or bytes as a result: the address above the length.
pub type Text = u64;

/// The result of a function whose result may be null.
pub const NULL: Text = 0;

/// What an argument of two parameters holds.
///
/// # Safety
/// Only for the parameters of an exported function, and only until it returns.
pub unsafe fn bytes<'a>(at: *const u8, length: usize) -> &'a [u8] {
    if length == 0 {
        return &[];
    }
    core::slice::from_raw_parts(at, length)
}

/// What an argument of type string holds.
///
/// # Safety
/// As for `bytes`; a string is always UTF-8.
pub unsafe fn text<'a>(at: *const u8, length: usize) -> &'a str {
    core::str::from_utf8_unchecked(bytes(at, length))
}

/// Bytes as a result. They must stay until the next call.
pub fn give(bytes: &[u8]) -> Text {
    (bytes.as_ptr() as usize as u64) << 32 | bytes.len() as u64
}

#[repr(C)]
struct Reason {
    at: *const u8,
    length: usize,
}

static mut REASON: Reason = Reason { at: core::ptr::null(), length: 0 };

#[no_mangle]
extern "C" fn edy_error() -> *mut u8 {
    unsafe { core::ptr::addr_of_mut!(REASON) as *mut u8 }
}

/// Fails the row with a reason; return anything afterwards.
pub fn fail(reason: &'static str) {
    unsafe {
        REASON = Reason { at: reason.as_ptr(), length: reason.len() };
    }
}
