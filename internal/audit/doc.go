// Package audit keeps the record of who asked for what and what came of it: a line of JSON for every request of a
// client, in the shape of the records of AWS CloudTrail, so that what reads those reads these.
//
// A record names the caller, the operation, the resources, the outcome and the request. It holds no parameters but the
// names of resources, no bodies, no signatures and no session tokens. It is written before the request is answered: what
// a client knows to have happened is on record, and stays there when the process is killed.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
package audit
