[
  (schema) (enum) (topic) (source) (sink) (stream) (table) (view) (command) (route) (pipe) (schedule) (policy) (test)
  (match) (list) (record) (record_type) (settings) (block_comment)
] @fold
