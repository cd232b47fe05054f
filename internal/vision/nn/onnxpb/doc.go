// Package onnxpb holds the protobuf messages of the ONNX file format, generated
// from onnx.proto beside it. After a change there, run from the module's root, with
// protoc and protoc-gen-go v1.36.12 on the PATH:
//
//	protoc --go_out=. --go_opt=paths=source_relative internal/vision/nn/onnxpb/onnx.proto
package onnxpb
