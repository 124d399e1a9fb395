//! Functions that do harm where their argument is 0, and give it back otherwise. build.sh
//! makes hostile-rust.wasm of them; TestHostileModules says what becomes of each.

/// The compiler must not know what comes back.
fn black_box<T: Copy>(x: T) -> T {
    unsafe { std::ptr::read_volatile(&x) }
}

#[no_mangle]
pub extern "C" fn spin(x: i64) -> i64 {
    let mut i = 0u64;
    while x == 0 {
        i = black_box(i + 1);
    }
    x
}

/// All of the memory, a mebibyte at a time, until the allocator gives up.
#[no_mangle]
pub extern "C" fn bomb(x: i64) -> i64 {
    let mut all = Vec::new();
    while x == 0 {
        let piece = vec![black_box(1u8); 1 << 20];
        black_box(piece[black_box(77)]);
        all.push(piece);
    }
    x
}

#[inline(never)]
fn deeper(x: i64) -> i64 {
    let below = deeper(x + 1);
    black_box(x) ^ below
}

#[no_mangle]
pub extern "C" fn recurse(x: i64) -> i64 {
    if x == 0 {
        deeper(x)
    } else {
        x
    }
}

#[no_mangle]
pub extern "C" fn panics(x: i64) -> i64 {
    let list = [1i64, 2, 3];
    if x == 0 {
        list[black_box(7)]
    } else {
        x
    }
}

/// # Safety
/// There is none.
#[no_mangle]
pub unsafe extern "C" fn outside(x: i64) -> i64 {
    if x == 0 {
        (black_box(0xffff_fff0usize) as *mut u64).write_volatile(1);
    }
    x
}

/// # Safety
/// There is none.
#[no_mangle]
pub unsafe extern "C" fn no_function(x: i64) -> i64 {
    if x == 0 {
        let f: extern "C" fn(i64) -> i64 = std::mem::transmute(black_box(77_777usize));
        return f(x);
    }
    x
}

/// # Safety
/// There is none.
#[no_mangle]
pub unsafe extern "C" fn wrong_type(x: i64) -> i64 {
    if x == 0 {
        let f: extern "C" fn(f64, f64) -> f64 = std::mem::transmute(black_box(spin as usize));
        f(1.0, 2.0);
    }
    x
}

#[no_mangle]
pub extern "C" fn fill(x: i64) -> i64 {
    while x == 0 {
        let mut list = vec![0u8; 300 << 20];
        list.fill(0x55);
        black_box(list.as_ptr());
    }
    x
}

#[no_mangle]
pub extern "C" fn text_outside(x: i64) -> i64 {
    if x == 0 {
        -1
    } else {
        ("ok".as_ptr() as i64) << 32 | 2
    }
}
