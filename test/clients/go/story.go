package main

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	bucket = "story-parts"
	// patience is far above what anything takes. Trainings give way to all other programs.
	patience = 8 * time.Minute
)

// account is the clients of one profile.
type account struct {
	*rekognition.Client
	s3  *s3.Client
	sts *sts.Client
}

func open(ctx context.Context, profile string) account {
	c := must(config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(profile)))
	return account{rekognition.NewFromConfig(c), s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = true }), sts.NewFromConfig(c)}
}

// story is what later steps know from earlier ones.
type story struct {
	folder                  string
	first, second           account
	project, train, test    *string
	tested                  int32 // entries of the test dataset
	version, copies, copied *string
	copying                 *rekognition.CopyProjectVersionInput
	answer                  []types.CustomLabel
}

func (s *story) identity(ctx context.Context) any {
	s.first, s.second = open(ctx, "default"), open(ctx, "second")
	for number, c := range map[string]account{"111122223333": s.first, "444455556666": s.second} {
		who := must(c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))
		demand(*who.Account == number && *who.Arn == "arn:aws:iam::"+number+":root", who)
	}
	return version
}

func (s *story) upload(ctx context.Context) any {
	must(s.first.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(bucket)}))
	for _, file := range append(must(filepath.Glob(s.folder+"/pictures/*.jpg")), s.folder+"/train.manifest", s.folder+"/too-large.jpg") {
		content := must(os.Open(file))
		key := must(filepath.Rel(s.folder, file))
		must(s.first.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(bucket), Key: &key, Body: content}))
		content.Close()
	}
	objects := s3.NewListObjectsV2Paginator(s.first.s3, &s3.ListObjectsV2Input{Bucket: aws.String(bucket), MaxKeys: aws.Int32(7)})
	var keys []string
	for objects.HasMorePages() {
		for _, o := range must(objects.NextPage(ctx)).Contents {
			keys = append(keys, *o.Key)
		}
	}
	demand(len(keys) == 18 && slices.Contains(keys, "pictures/good-000.jpg"), keys)
	return nil
}

func (s *story) makeProject(ctx context.Context) any {
	in := &rekognition.CreateProjectInput{ProjectName: aws.String("story"), Tags: map[string]string{"line": "7", "site": "Werk Süd"}}
	s.project = must(s.first.CreateProject(ctx, in)).ProjectArn
	refused[*types.ResourceInUseException](s.first.CreateProject(ctx, in))
	projects := rekognition.NewDescribeProjectsPaginator(s.first, &rekognition.DescribeProjectsInput{MaxResults: aws.Int32(1)})
	found := pages(ctx, projects, func(page *rekognition.DescribeProjectsOutput) []types.ProjectDescription {
		return page.ProjectDescriptions
	})
	demand(len(found) == 1 && len(found[0]) == 1, found)
	description := found[0][0]
	demand(*description.ProjectArn == *s.project && description.Status == types.ProjectStatusCreated, description)
	demand(strings.HasSuffix(*s.project, "/"+strconv.FormatInt(description.CreationTimestamp.UnixMilli(), 10)), description)
	return nil
}

func (s *story) datasets(ctx context.Context) any {
	create := func(kind types.DatasetType, manifest string) (*rekognition.CreateDatasetOutput, error) {
		in := &rekognition.CreateDatasetInput{ProjectArn: s.project, DatasetType: kind}
		if manifest != "" {
			in.DatasetSource = &types.DatasetSource{GroundTruthManifest: &types.GroundTruthManifest{S3Object: inBucket(manifest).S3Object}}
		}
		return s.first.CreateDataset(ctx, in)
	}
	s.train = must(create(types.DatasetTypeTrain, "train.manifest")).DatasetArn
	refused[*types.InvalidS3ObjectException](create(types.DatasetTypeTest, "none.manifest"))
	s.test = must(create(types.DatasetTypeTest, "")).DatasetArn
	refused[*types.ResourceAlreadyExistsException](create(types.DatasetTypeTrain, ""))
	for arn, want := range map[*string][4]int32{s.train: {12, 12, 2, 0}, s.test: {}} {
		stats := s.settled(ctx, arn, types.DatasetStatusCreateComplete).DatasetStats
		demand([4]int32{*stats.TotalEntries, *stats.LabeledEntries, *stats.TotalLabels, *stats.ErrorEntries} == want, stats)
	}
	return nil
}

// settled asks until nothing is in progress on a dataset.
func (s *story) settled(ctx context.Context, arn *string, expected types.DatasetStatus) (d *types.DatasetDescription) {
	until("dataset settled", func() bool {
		d = must(s.first.DescribeDataset(ctx, &rekognition.DescribeDatasetInput{DatasetArn: arn})).DatasetDescription
		return !strings.HasSuffix(string(d.Status), "_IN_PROGRESS")
	})
	demand(d.Status == expected, d)
	return d
}

func (s *story) entries(ctx context.Context) any {
	more := must(os.ReadFile(filepath.Join(s.folder, "more.manifest")))
	must(s.first.UpdateDatasetEntries(ctx, &rekognition.UpdateDatasetEntriesInput{DatasetArn: s.train,
		Changes: &types.DatasetChanges{GroundTruth: more}}))
	d := s.settled(ctx, s.train, types.DatasetStatusUpdateComplete)
	demand(*d.DatasetStats.TotalEntries == 16 && d.LastUpdatedTimestamp.After(*d.CreationTimestamp), d)

	for _, filter := range []struct {
		rekognition.ListDatasetEntriesInput
		sizes []int // of the pages
	}{
		{rekognition.ListDatasetEntriesInput{}, []int{5, 5, 5, 1}},
		{rekognition.ListDatasetEntriesInput{ContainsLabels: []string{"rust"}}, []int{5, 3}},
		{rekognition.ListDatasetEntriesInput{SourceRefContains: aws.String("good-000")}, []int{1}},
		{rekognition.ListDatasetEntriesInput{Labeled: aws.Bool(false)}, []int{0}},
		{rekognition.ListDatasetEntriesInput{HasErrors: aws.Bool(true)}, []int{0}},
	} {
		filter.DatasetArn, filter.MaxResults = s.train, aws.Int32(5)
		list := rekognition.NewListDatasetEntriesPaginator(s.first, &filter.ListDatasetEntriesInput)
		var sizes []int
		for _, page := range pages(ctx, list, func(page *rekognition.ListDatasetEntriesOutput) []string { return page.DatasetEntries }) {
			sizes = append(sizes, len(page))
		}
		demand(slices.Equal(sizes, filter.sizes), sizes, filter.sizes)
	}
	labels := rekognition.NewListDatasetLabelsPaginator(s.first, &rekognition.ListDatasetLabelsInput{DatasetArn: s.train, MaxResults: aws.Int32(1)})
	counts := map[string]int32{}
	for labels.HasMorePages() {
		for _, l := range must(labels.NextPage(ctx)).DatasetLabelDescriptions {
			counts[*l.LabelName] = *l.LabelStats.EntryCount
			demand(l.LabelStats.BoundingBoxCount == nil, l)
		}
	}
	demand(len(counts) == 2 && counts["good"] == 8 && counts["rust"] == 8, counts)
	return nil
}

func (s *story) distribute(ctx context.Context) any {
	must(s.first.DistributeDatasetEntries(ctx, &rekognition.DistributeDatasetEntriesInput{
		Datasets: []types.DistributeDataset{{Arn: s.train}, {Arn: s.test}}}))
	train := s.settled(ctx, s.train, types.DatasetStatusUpdateComplete).DatasetStats
	test := s.settled(ctx, s.test, types.DatasetStatusUpdateComplete).DatasetStats
	s.tested = *test.TotalEntries
	demand(*train.TotalEntries+s.tested == 16 && s.tested >= 2 && s.tested <= 4 && *test.TotalLabels == 2, train, test)
	return nil
}

func (s *story) training(ctx context.Context) any {
	in := &rekognition.CreateProjectVersionInput{ProjectArn: s.project, VersionName: aws.String("v1"),
		VersionDescription: aws.String("as told"), Tags: map[string]string{"stage": "trial"},
		OutputConfig: &types.OutputConfig{S3Bucket: aws.String(bucket), S3KeyPrefix: aws.String("output/")}}
	s.version = must(s.first.CreateProjectVersion(ctx, in)).ProjectVersionArn
	refused[*types.ResourceInUseException](s.first.CreateProjectVersion(ctx, in))
	waiter := rekognition.NewProjectVersionTrainingCompletedWaiter(s.first, func(o *rekognition.ProjectVersionTrainingCompletedWaiterOptions) {
		o.MinDelay, o.MaxDelay = time.Second, time.Second
	})
	must(waiter.WaitForOutput(ctx, &rekognition.DescribeProjectVersionsInput{ProjectArn: s.project, VersionNames: []string{"v1"}}, patience))

	versions := rekognition.NewDescribeProjectVersionsPaginator(s.first, &rekognition.DescribeProjectVersionsInput{ProjectArn: s.project, MaxResults: aws.Int32(1)})
	found := pages(ctx, versions, func(page *rekognition.DescribeProjectVersionsOutput) []types.ProjectVersionDescription {
		return page.ProjectVersionDescriptions
	})
	demand(len(found) == 1 && len(found[0]) == 1, found)
	v := found[0][0]
	demand(v.Status == types.ProjectVersionStatusTrainingCompleted && *v.VersionDescription == "as told", v)
	demand(v.TrainingEndTimestamp.After(*v.CreationTimestamp), v)

	var summary struct {
		AggregatedEvaluationResults struct{ F1Score float64 }
		EvaluationDetails           struct{ NumberOfTestingImages int32 }
	}
	at := v.EvaluationResult.Summary.S3Object
	object := must(s.first.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: at.Bucket, Key: at.Name}))
	defer object.Body.Close()
	content := must(io.ReadAll(object.Body))
	demand(json.Unmarshal(content, &summary) == nil, string(content))
	f1 := *v.EvaluationResult.F1Score
	demand(math.Abs(summary.AggregatedEvaluationResults.F1Score-float64(f1)) < 1e-6, summary, f1)
	demand(summary.EvaluationDetails.NumberOfTestingImages == s.tested, summary)
	return f1
}

func (s *story) start(ctx context.Context) any {
	refused[*types.ResourceNotReadyException](s.first.DetectCustomLabels(ctx, &rekognition.DetectCustomLabelsInput{
		ProjectVersionArn: s.version, Image: inBucket("pictures/good-000.jpg")}))
	run(ctx, s.first, s.project, s.version, "v1")
	return nil
}

// run starts a version and waits until it runs.
func run(ctx context.Context, c account, project, version *string, name string) {
	out := must(c.StartProjectVersion(ctx, &rekognition.StartProjectVersionInput{ProjectVersionArn: version, MinInferenceUnits: aws.Int32(1)}))
	demand(out.Status == types.ProjectVersionStatusStarting, out.Status)
	waiter := rekognition.NewProjectVersionRunningWaiter(c, func(o *rekognition.ProjectVersionRunningWaiterOptions) {
		o.MinDelay, o.MaxDelay = time.Second, time.Second
	})
	must(waiter.WaitForOutput(ctx, &rekognition.DescribeProjectVersionsInput{ProjectArn: project, VersionNames: []string{name}}, patience))
}

func inBucket(key string) *types.Image {
	return &types.Image{S3Object: &types.S3Object{Bucket: aws.String(bucket), Name: &key}}
}

func (s *story) bytesOf(file string) *types.Image {
	return &types.Image{Bytes: must(os.ReadFile(filepath.Join(s.folder, file)))}
}

func (s *story) detect(ctx context.Context) any {
	ask := func(image *types.Image, more ...func(*rekognition.DetectCustomLabelsInput)) (*rekognition.DetectCustomLabelsOutput, error) {
		in := &rekognition.DetectCustomLabelsInput{ProjectVersionArn: s.version, Image: image}
		for _, set := range more {
			set(in)
		}
		return s.first.DetectCustomLabels(ctx, in)
	}
	all := func(in *rekognition.DetectCustomLabelsInput) { in.MinConfidence = aws.Float32(0) }
	one := func(in *rekognition.DetectCustomLabelsInput) { in.MaxResults = aws.Int32(1) }

	s.answer = must(ask(s.bytesOf("pictures/good-000.jpg"), all)).CustomLabels
	demand(len(s.answer) == 2, s.answer)
	best, other := s.answer[0], s.answer[1]
	demand(min(*best.Name, *other.Name) == "good" && max(*best.Name, *other.Name) == "rust", s.answer)
	demand(*best.Confidence >= *other.Confidence && math.Abs(float64(*best.Confidence+*other.Confidence)-100) < 0.01, s.answer)
	same := must(ask(inBucket("pictures/good-000.jpg"), all)).CustomLabels
	demand(text(same) == text(s.answer), same, s.answer)
	first := must(ask(inBucket("pictures/good-000.jpg"), all, one)).CustomLabels
	demand(text(first) == text(s.answer[:1]), first, s.answer)

	refused[*types.InvalidImageFormatException](ask(s.bytesOf("train.manifest")))
	refused[*types.ImageTooLargeException](ask(s.bytesOf("too-large.jpg")))
	refused[*types.InvalidS3ObjectException](ask(inBucket("none.jpg")))
	return s.answer
}
