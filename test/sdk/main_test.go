// Package sdk tells the story of the AWS guide through the programs that people have: boto3, the AWS CLI, the AWS SDK
// for Go, and bare signed HTTP where those refuse to send what a server must refuse.
package sdk

import (
	"testing"

	"ownsight/test/server"
)

func TestMain(m *testing.M) { server.Main(m) }
