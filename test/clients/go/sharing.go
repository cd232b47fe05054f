package main

import (
	"context"
	"errors"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

const copies = "story-copies"

// share lets the second account copy any version.
const share = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},` +
	`"Action":"rekognition:CopyProjectVersion","Resource":"*"}]}`

func (s *story) policy(ctx context.Context) any {
	must(s.second.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(copies)}))
	s.copies = must(s.second.CreateProject(ctx, &rekognition.CreateProjectInput{ProjectName: aws.String("story-copy")})).ProjectArn
	s.copying = &rekognition.CopyProjectVersionInput{SourceProjectArn: s.project, SourceProjectVersionArn: s.version,
		DestinationProjectArn: s.copies, VersionName: aws.String("v1-copy"), Tags: map[string]string{"origin": "story"},
		OutputConfig: &types.OutputConfig{S3Bucket: aws.String(copies), S3KeyPrefix: aws.String("output/")}}
	refused[*types.AccessDeniedException](s.second.CopyProjectVersion(ctx, s.copying))

	put := func(name, document string, revision *string) (*rekognition.PutProjectPolicyOutput, error) {
		return s.first.PutProjectPolicy(ctx, &rekognition.PutProjectPolicyInput{ProjectArn: s.project, PolicyName: &name,
			PolicyDocument: &document, PolicyRevisionId: revision})
	}
	old := must(put("share", share, nil)).PolicyRevisionId
	refused[*types.ResourceAlreadyExistsException](put("share", share, nil))
	revision := must(put("share", share, old)).PolicyRevisionId
	demand(*revision != *old, revision)
	refused[*types.InvalidPolicyRevisionIdException](put("share", share, old))
	refused[*types.MalformedPolicyDocumentException](put("bad", `{"Version":"2012-10-17"}`, nil))
	must(put("share-too", share, nil))

	policies := rekognition.NewListProjectPoliciesPaginator(s.first, &rekognition.ListProjectPoliciesInput{ProjectArn: s.project, MaxResults: aws.Int32(1)})
	found := map[string]types.ProjectPolicy{}
	for _, page := range pages(ctx, policies, func(page *rekognition.ListProjectPoliciesOutput) []types.ProjectPolicy { return page.ProjectPolicies }) {
		demand(len(page) == 1, page)
		found[*page[0].PolicyName] = page[0]
	}
	listed, ok := found["share"]
	demand(ok && len(found) == 2 && found["share-too"].PolicyName != nil, found)
	demand(*listed.PolicyDocument == share && *listed.PolicyRevisionId == *revision, listed)
	demand(!listed.LastUpdatedTimestamp.Before(*listed.CreationTimestamp), listed)
	return nil
}

func (s *story) copy(ctx context.Context) any {
	s.copied = must(s.second.CopyProjectVersion(ctx, s.copying)).ProjectVersionArn
	var v types.ProjectVersionDescription
	until("copied", func() bool {
		v = s.describe(ctx, s.second, s.copies)[0]
		return v.Status != types.ProjectVersionStatusCopyingInProgress
	})
	demand(v.Status == types.ProjectVersionStatusCopyingCompleted && *v.SourceProjectVersionArn == *s.version, v)
	run(ctx, s.second, s.copies, s.copied, "v1-copy")
	ask := &rekognition.DetectCustomLabelsInput{ProjectVersionArn: s.copied, Image: s.bytesOf("pictures/good-000.jpg"), MinConfidence: aws.Float32(0)}
	answer := must(s.second.DetectCustomLabels(ctx, ask)).CustomLabels
	demand(text(answer) == text(s.answer), answer, s.answer)
	refused[*types.AccessDeniedException](s.first.DetectCustomLabels(ctx, ask))
	return nil
}

func (s *story) describe(ctx context.Context, c account, project *string) []types.ProjectVersionDescription {
	return must(c.DescribeProjectVersions(ctx, &rekognition.DescribeProjectVersionsInput{ProjectArn: project})).ProjectVersionDescriptions
}

func (s *story) tags(ctx context.Context) any {
	listed := func(c account, arn *string, want map[string]string) {
		out := must(c.ListTagsForResource(ctx, &rekognition.ListTagsForResourceInput{ResourceArn: arn}))
		demand(maps.Equal(out.Tags, want), out.Tags, want)
	}
	listed(s.first, s.project, map[string]string{"line": "7", "site": "Werk Süd"})
	must(s.first.TagResource(ctx, &rekognition.TagResourceInput{ResourceArn: s.project, Tags: map[string]string{"line": "8", "owner": "QA"}}))
	must(s.first.UntagResource(ctx, &rekognition.UntagResourceInput{ResourceArn: s.project, TagKeys: []string{"site"}}))
	listed(s.first, s.project, map[string]string{"line": "8", "owner": "QA"})
	listed(s.first, s.version, map[string]string{"stage": "trial"})
	listed(s.second, s.copied, map[string]string{"origin": "story"})
	return nil
}

func (s *story) deletion(ctx context.Context) any {
	remove := func(c account, project *string) (*rekognition.DeleteProjectOutput, error) {
		return c.DeleteProject(ctx, &rekognition.DeleteProjectInput{ProjectArn: project})
	}
	refused[*types.ResourceInUseException](remove(s.first, s.project))
	for _, v := range []struct {
		account
		project, version *string
	}{{s.first, s.project, s.version}, {s.second, s.copies, s.copied}} {
		stopped := must(v.StopProjectVersion(ctx, &rekognition.StopProjectVersionInput{ProjectVersionArn: v.version}))
		demand(stopped.Status == types.ProjectVersionStatusStopping, stopped.Status)
		until("stopped", func() bool {
			return s.describe(ctx, v.account, v.project)[0].Status == types.ProjectVersionStatusStopped
		})
		deleted := must(v.DeleteProjectVersion(ctx, &rekognition.DeleteProjectVersionInput{ProjectVersionArn: v.version}))
		demand(deleted.Status == types.ProjectVersionStatusDeleting, deleted.Status)
		until("version gone", func() bool { return len(s.describe(ctx, v.account, v.project)) == 0 })
	}
	for _, dataset := range []*string{s.train, s.test} {
		must(s.first.DeleteDataset(ctx, &rekognition.DeleteDatasetInput{DatasetArn: dataset}))
		until("dataset gone", func() bool {
			_, err := s.first.DescribeDataset(ctx, &rekognition.DescribeDatasetInput{DatasetArn: dataset})
			var gone *types.ResourceNotFoundException
			return errors.As(err, &gone)
		})
	}
	must(s.first.DeleteProjectPolicy(ctx, &rekognition.DeleteProjectPolicyInput{ProjectArn: s.project, PolicyName: aws.String("share-too")}))
	for project, c := range map[*string]account{s.project: s.first, s.copies: s.second} {
		demand(must(remove(c, project)).Status == types.ProjectStatusDeleting, *project)
		until("project gone", func() bool {
			return len(must(c.DescribeProjects(ctx, &rekognition.DescribeProjectsInput{})).ProjectDescriptions) == 0
		})
	}
	refused[*types.ResourceNotFoundException](remove(s.first, s.project))
	return nil
}
