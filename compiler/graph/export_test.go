package graph

// DecodePlan reads the plan without an archive around it, for fuzzing.
var DecodePlan = decodePlan
