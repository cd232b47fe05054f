// Programs that ask a model, for one to copy. Keys come from the environment, never from here.

export interface Where {
  endpoint: string;
  region: string;
  arn: string;
}

export interface Snippet {
  id: string;
  label: string;
  file: string;
  setup: string;
  text: string;
}

export const environment = `export AWS_ACCESS_KEY_ID=...
export AWS_SECRET_ACCESS_KEY=...`;

// lifecycle starts a model, waits until it answers, and stops it: by the AWS CLI, as the calls are the same in every language.
export const lifecycle = ({ endpoint, region, arn }: Where, project: string, name: string) => `export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=${region}

aws rekognition start-project-version --min-inference-units 1 \\
  --project-version-arn ${arn}
aws rekognition wait project-version-running --version-names ${name} \\
  --project-arn ${project}

aws rekognition stop-project-version \\
  --project-version-arn ${arn}
`;

export function snippets({ endpoint, region, arn }: Where): Snippet[] {
  return [
    {
      id: "python", label: "Python (boto3)", file: "detect.py", setup: "pip install boto3",
      text: `import boto3

client = boto3.client("rekognition", endpoint_url="${endpoint}", region_name="${region}")

with open("picture.jpg", "rb") as f:
    answer = client.detect_custom_labels(
        ProjectVersionArn="${arn}",
        Image={"Bytes": f.read()},
    )

for label in answer["CustomLabels"]:
    print(label["Name"], round(label["Confidence"], 1), label.get("Geometry", {}).get("BoundingBox", ""))
`,
    },
    {
      id: "cli", label: "AWS CLI", file: "detect.sh", setup: "pip install awscli",
      text: `aws rekognition detect-custom-labels \\
  --endpoint-url ${endpoint} \\
  --region ${region} \\
  --project-version-arn ${arn} \\
  --image-bytes fileb://picture.jpg
`,
    },
    {
      id: "javascript", label: "JavaScript", file: "detect.mjs", setup: "npm install @aws-sdk/client-rekognition",
      text: `import { readFile } from "node:fs/promises";
import { DetectCustomLabelsCommand, RekognitionClient } from "@aws-sdk/client-rekognition";

const client = new RekognitionClient({ endpoint: "${endpoint}", region: "${region}" });

const { CustomLabels } = await client.send(new DetectCustomLabelsCommand({
  ProjectVersionArn: "${arn}",
  Image: { Bytes: await readFile("picture.jpg") },
}));

for (const { Name, Confidence, Geometry } of CustomLabels) {
  console.log(Name, Confidence.toFixed(1), Geometry?.BoundingBox ?? "");
}
`,
    },
    {
      id: "go", label: "Go", file: "main.go", setup: "go get github.com/aws/aws-sdk-go-v2/config github.com/aws/aws-sdk-go-v2/service/rekognition",
      text: `package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
)

func main() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion("${region}"), config.WithBaseEndpoint("${endpoint}"))
	if err != nil {
		log.Fatal(err)
	}
	picture, err := os.ReadFile("picture.jpg")
	if err != nil {
		log.Fatal(err)
	}
	answer, err := rekognition.NewFromConfig(cfg).DetectCustomLabels(ctx, &rekognition.DetectCustomLabelsInput{
		ProjectVersionArn: aws.String("${arn}"),
		Image:             &types.Image{Bytes: picture},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, label := range answer.CustomLabels {
		fmt.Printf("%s %.1f\\n", *label.Name, *label.Confidence)
		if g := label.Geometry; g != nil {
			b := g.BoundingBox
			fmt.Println(*b.Left, *b.Top, *b.Width, *b.Height)
		}
	}
}
`,
    },
    {
      id: "java", label: "Java", file: "Detect.java", setup: "Maven: software.amazon.awssdk:rekognition:2.x",
      text: `import java.net.URI;
import java.nio.file.Path;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.rekognition.RekognitionClient;

public class Detect {
    public static void main(String[] args) throws Exception {
        try (RekognitionClient client = RekognitionClient.builder()
                .endpointOverride(URI.create("${endpoint}"))
                .region(Region.of("${region}"))
                .build()) {
            SdkBytes picture = SdkBytes.fromByteArray(java.nio.file.Files.readAllBytes(Path.of("picture.jpg")));
            var answer = client.detectCustomLabels(r -> r
                    .projectVersionArn("${arn}")
                    .image(i -> i.bytes(picture)));
            answer.customLabels().forEach(label -> System.out.println(
                    label.name() + " " + label.confidence()
                            + (label.geometry() == null ? "" : " " + label.geometry().boundingBox())));
        }
    }
}
`,
    },
    {
      id: "dotnet", label: ".NET", file: "Program.cs", setup: "dotnet add package AWSSDK.Rekognition",
      text: `using Amazon.Rekognition;
using Amazon.Rekognition.Model;

// AuthenticationRegion rather than RegionEndpoint, which would win over ServiceURL.
var client = new AmazonRekognitionClient(new AmazonRekognitionConfig
{
    ServiceURL = "${endpoint}",
    AuthenticationRegion = "${region}",
});

var answer = await client.DetectCustomLabelsAsync(new DetectCustomLabelsRequest
{
    ProjectVersionArn = "${arn}",
    Image = new Image { Bytes = new MemoryStream(File.ReadAllBytes("picture.jpg")) },
});

foreach (var label in answer.CustomLabels)
{
    var box = label.Geometry?.BoundingBox;
    Console.WriteLine($"{label.Name} {label.Confidence:F1} {(box == null ? "" : $"{box.Left} {box.Top} {box.Width} {box.Height}")}");
}
`,
    },
  ];
}
