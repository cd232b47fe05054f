package cluster

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/appstream"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"

	"ownsight/test/server"
)

// settleWithin is how long anything may be in progress after the faults have stopped. Trainings leave the cores to all other
// programs, and may last long where those are busy.
const settleWithin = server.Patience

// inProgress lists everything that is in a state which ends by itself.
func (l *load) inProgress(ctx context.Context) (list []string, err error) {
	note := func(what, state string) {
		if passing[state] {
			list = append(list, what+" is "+state)
		}
	}
	projects := rekognition.NewDescribeProjectsPaginator(l, &rekognition.DescribeProjectsInput{})
	for projects.HasMorePages() {
		page, err := projects.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, p := range page.ProjectDescriptions {
			note(*p.ProjectArn, string(p.Status))
			for _, d := range p.Datasets {
				note(*d.DatasetArn, string(d.Status))
			}
			versions := rekognition.NewDescribeProjectVersionsPaginator(l, &rekognition.DescribeProjectVersionsInput{ProjectArn: p.ProjectArn})
			for versions.HasMorePages() {
				page, err := versions.NextPage(ctx)
				if err != nil {
					return nil, err
				}
				for _, v := range page.ProjectVersionDescriptions {
					note(*v.ProjectVersionArn, string(v.Status))
				}
			}
		}
	}
	for _, region := range []*appstream.Client{l.home, l.away} {
		images := appstream.NewDescribeImagesPaginator(region, &appstream.DescribeImagesInput{})
		for images.HasMorePages() {
			page, err := images.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, image := range page.Images {
				note(*image.Arn, string(image.State))
			}
		}
	}
	return list, nil
}

// work lists the long work that is left in the database.
func (d *database) work(ctx context.Context) (list []string, err error) {
	db, err := d.inside()
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, "SELECT kind, resource, holder, lost, errors, due FROM work ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var kind, resource, holder string
		var lost, errors, due int64
		if err := rows.Scan(&kind, &resource, &holder, &lost, &errors, &due); err != nil {
			return nil, err
		}
		list = append(list, fmt.Sprintf("%s of %s, held by %q, lost %d, errors %d, due in %s", kind, resource, holder, lost, errors, time.Until(time.UnixMicro(due)).Round(time.Second)))
	}
	return list, rows.Err()
}

// settle waits until nothing is in progress and no work is left, and says how long that took.
func (l *load) settle() {
	began := time.Now()
	var list []string
	var err error
	ctx, cancel := context.WithTimeout(context.Background(), settleWithin)
	defer cancel()
	done := until(ctx, 500*time.Millisecond, func(ctx context.Context) bool {
		if list, err = l.inProgress(ctx); err == nil && len(list) == 0 {
			list, err = l.cluster.database.work(ctx)
		}
		return err == nil && len(list) == 0
	})
	if !done {
		left, _ := l.cluster.database.work(context.Background())
		l.cluster.fail("stuck %s after the faults: %q; work left: %q; %v", settleWithin, list, left, err)
		return
	}
	l.t.Logf("nothing is in progress %.1f s after the faults and the load", time.Since(began).Seconds())
}
