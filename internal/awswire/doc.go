// Package awswire speaks AWS JSON 1.1 and Smithy RPC v2 CBOR for services that are described by generated models.
//
// Its one idea: a service is data. tools/shapegen turns the AWS service model into Go structs and a schema of the same
// order; this package walks the schema to decode, check and encode, so that no operation has wire code of its own and
// no constraint is written twice. A request passes, as at an AWS front end, through
//
//	operation -> content type -> claim -> body -> room -> signature -> constraints -> authorisation -> handler
//
// and the first thing that is wrong is what the client hears, whichever of the two it speaks: they differ in how a request
// names its operation and in how values are written. The package knows no service.
package awswire
