; What a file declares, for outlines and jumps.
(schema name: (identifier) @name) @definition.class
(enum name: (identifier) @name) @definition.class
(topic name: (identifier) @name) @definition.interface
(source name: (identifier) @name) @definition.module
(sink name: (identifier) @name) @definition.module
(stream name: (identifier) @name) @definition.function
(table name: (identifier) @name) @definition.function
(view name: (identifier) @name) @definition.class
(command name: (identifier) @name) @definition.method
(route name: (identifier) @name) @definition.function
(function name: (identifier) @name) @definition.function
(pipe name: (identifier) @name) @definition.function
(const name: (identifier) @name) @definition.constant
(param name: (identifier) @name) @definition.constant
(secret name: (identifier) @name) @definition.constant
(call function: (identifier) @name) @reference.call
