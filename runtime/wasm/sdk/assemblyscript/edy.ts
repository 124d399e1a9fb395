// Functions for edynamic in AssemblyScript. Put this file beside yours, and build with
//
//   npx asc name.ts --outFile name.wasm -O --runtime minimal --exportRuntime --use abort=
//
// A text or bytes come as two parameters, at: usize and length: u32, and go back as a
// u64 made by give.

// given keeps the last result until the next call.
let given: ArrayBuffer = new ArrayBuffer(0);

// text is what an argument of type string holds.
export function text(at: usize, length: u32): string {
  return String.UTF8.decodeUnsafe(at, length);
}

// give is a text as a result.
export function give(result: string): u64 {
  given = String.UTF8.encode(result);
  return ((changetype<usize>(given) as u64) << 32) | (given.byteLength as u64);
}

const place = memory.data(8);

// place_of_error is exported as edy_error by the file that has the functions.
export function place_of_error(): usize {
  return place;
}

// fail fails the row with a reason; return anything afterwards.
export function fail(reason: string): void {
  give(reason);
  store<u32>(place, changetype<usize>(given) as u32);
  store<u32>(place, given.byteLength as u32, 4);
}
