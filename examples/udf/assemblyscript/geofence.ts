// Whether a place lies in a fence: a polygon in WKB, of longitudes and latitudes.
import { fail, place_of_error } from "./edy";

export function edy_error(): usize {
  return place_of_error();
}

export function inside(lat: f64, lon: f64, fence: usize, length: u32): i32 {
  if (length < 9 || load<u8>(fence) != 1 || load<u32>(fence + 1) != 3) {
    fail("the fence is not a polygon");
    return 0;
  }
  let at: u32 = 9;
  let inside = 0;
  for (let rings = load<u32>(fence + 5); rings > 0; rings--) {
    if (length - at < 4 || load<u32>(fence + at) > (length - at - 4) / 16) {
      fail("the fence is cut off");
      return 0;
    }
    const points = load<u32>(fence + at);
    at += 4;
    for (let i: u32 = 0; i + 1 < points; i++) {
      const p = fence + at + 16 * i;
      const x1 = load<f64>(p), y1 = load<f64>(p + 8), x2 = load<f64>(p + 16), y2 = load<f64>(p + 24);
      if (y1 > lat != y2 > lat && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) {
        inside = 1 - inside;
      }
    }
    at += 16 * points;
  }
  return inside;
}
