// Package report writes what a training leaves behind: the files that the service puts into the output location, in
// its formats, and a table for people. It computes no figures; they are handed in. Numbers are written so that they read
// back as the very same.
//
// Formats: https://docs.aws.amazon.com/rekognition/latest/customlabels-dg/im-metrics-api.html (summary and snapshot)
// and https://docs.aws.amazon.com/rekognition/latest/customlabels-dg/tm-debugging-summary.html (manifest summary).
package report
