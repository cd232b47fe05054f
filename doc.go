// Package ownsight holds the nouns of the product: accounts and callers, parsed ARNs, projects, datasets, model
// versions, their states and the moves allowed between them, and the codes of domain errors. It imports the standard
// library only; everything else imports it.
//
// Words: a picture is a photograph that a model looks at; an image is only ever an AppStream disk image. A project
// gathers datasets and model versions; a dataset is a list of entries, one picture with its labels each; a version
// is one trained model. An inference unit is the capacity that a running version has reserved.
package ownsight
