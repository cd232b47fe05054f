package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"

	"ownsight/bench/internal/load"
)

// questions are DetectCustomLabels calls, one for each picture of a folder.
func questions(folder, arn string) (list []load.Request, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		file, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		list = append(list, load.Call("DetectCustomLabels", fmt.Appendf(nil, `{"ProjectVersionArn":%q,"Image":{"Bytes":"%s"}}`, arn, base64.StdEncoding.EncodeToString(file))))
	}
	return list, nil
}
