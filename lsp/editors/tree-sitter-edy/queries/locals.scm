(lambda) @local.scope
(function) @local.scope
(lambda parameter: (identifier) @local.definition)
(lambda_parameters (identifier) @local.definition)
(parameter name: (identifier) @local.definition)
(identifier) @local.reference
