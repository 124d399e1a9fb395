package main

import (
	_ "github.com/alecthomas/kong"
	_ "github.com/alecthomas/participle/v2"
	_ "github.com/apache/arrow-go/v18/arrow/array"
	_ "github.com/apache/arrow-go/v18/arrow/ipc"
	_ "github.com/apache/arrow-go/v18/arrow/memory"
	_ "github.com/apache/arrow-go/v18/parquet/pqarrow"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/google/uuid"
	_ "github.com/hamba/avro/v2/ocf"
	_ "github.com/klauspost/compress/zstd"
	_ "github.com/zeebo/xxh3"
	_ "golang.org/x/term"
	_ "golang.org/x/text/unicode/norm"
)

func main() {}
