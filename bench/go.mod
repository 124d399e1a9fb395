module github.com/edynamic/edynamic/bench

go 1.26.0
