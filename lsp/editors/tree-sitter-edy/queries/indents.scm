[
  (record_type) (settings) (enum) (view) (command) (route) (schedule) (policy) (test) (match) (list) (record)
  (arguments) (parameters)
] @indent.begin
["}" "]" ")"] @indent.branch @indent.end
