//! Whether a place lies in a fence: a polygon in WKB, of longitudes and latitudes.

#[path = "../../../runtime/wasm/sdk/rust/edy.rs"]
mod edy;

fn u32_at(fence: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(fence.get(at..at + 4)?.try_into().ok()?))
}

fn f64_at(fence: &[u8], at: usize) -> Option<f64> {
    Some(f64::from_le_bytes(fence.get(at..at + 8)?.try_into().ok()?))
}

fn contains(lat: f64, lon: f64, fence: &[u8]) -> Option<bool> {
    let rings = u32_at(fence, 5)?;
    let mut at = 9;
    let mut inside = false;
    for _ in 0..rings {
        let points = u32_at(fence, at)? as usize;
        at += 4;
        let end = at.checked_add(points.checked_mul(16)?)?;
        if end > fence.len() {
            return None;
        }
        for i in (at..end.saturating_sub(16)).step_by(16) {
            let (x1, y1) = (f64_at(fence, i)?, f64_at(fence, i + 8)?);
            let (x2, y2) = (f64_at(fence, i + 16)?, f64_at(fence, i + 24)?);
            if (y1 > lat) != (y2 > lat) && lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1 {
                inside = !inside;
            }
        }
        at = end;
    }
    Some(inside)
}

/// # Safety
/// The fence is two parameters: where it begins and how long it is.
#[no_mangle]
pub unsafe extern "C" fn inside(lat: f64, lon: f64, at: *const u8, length: usize) -> i32 {
    let fence = edy::bytes(at, length);
    if fence.len() < 9 || fence[0] != 1 || u32_at(fence, 1) != Some(3) {
        edy::fail("the fence is not a polygon");
        return 0;
    }
    match contains(lat, lon, fence) {
        Some(inside) => inside as i32,
        None => {
            edy::fail("the fence is cut off");
            0
        }
    }
}
