package faults

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"ownsight/internal/store/postgres/pgtest"
	"ownsight/test/guide"
	"ownsight/test/server"
)

func TestStartAndStop(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusOK, "/metrics": http.StatusOK} {
		status, _ := s.Get(t, path)
		require.Equal(t, want, status, path)
	}
	for _, file := range []string{"credentials", "config"} {
		info, err := os.Stat(filepath.Join(s.Dir, file))
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), file)
	}
	second := server.New(t)
	second.Dir = s.Dir
	code, log := second.Run(t)
	require.Equal(t, 1, code)
	require.Contains(t, log, "another server works on "+s.Dir)
	require.Contains(t, log, "--data")
	require.NotContains(t, log, "panic")

	third := server.New(t)
	third.Endpoint = s.Endpoint
	code, log = third.Run(t)
	require.Equal(t, 1, code)
	require.Contains(t, log, "address already in use")
	require.Contains(t, log, "--listen")

	require.Zero(t, s.Terminate(t))
	code, log = third.Run(t, "--listen", "here")
	require.Equal(t, 2, code)
	require.Contains(t, log, `"here" is not HOST:PORT`)
}

// TestKilledFirstStart cuts the very first start off at each of its steps.
func TestKilledFirstStart(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"server.lock", "state.db", "credentials"} {
		t.Run(file, func(t *testing.T) {
			s := server.New(t)
			s.Begin(t)
			server.Eventually(t, server.Patience, file, func(context.Context) bool {
				_, err := os.Stat(filepath.Join(s.Dir, file))
				return err == nil
			})
			s.Kill()
			s.Restart(t)
			guide.Connect(t, s, "default").Project(t, "gears")
		})
	}
}

// TestAccounts adds accounts while the server runs and while it does not; their keys work at once.
func TestAccounts(t *testing.T) {
	t.Parallel()
	for name, environ := range map[string]func(*testing.T, *server.Server){
		"SQLite":     func(*testing.T, *server.Server) {},
		"PostgreSQL": func(t *testing.T, s *server.Server) { s.Setenv("OWNSIGHT_DATABASE", pgtest.URL(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := server.New(t)
			environ(t, s)
			s.Restart(t)
			create := func(id, profile string) (int, string) {
				code, _, problems := s.Program(t, "account", "create", id, "--data", s.Dir, "--profile", profile)
				return code, problems
			}
			who := func(profile string) string {
				out, err := sts.NewFromConfig(s.Config(t, profile)).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
				require.NoError(t, err)
				return *out.Account
			}
			code, problems := create("222233334444", "lab")
			require.Zero(t, code, problems)
			require.Equal(t, "222233334444", who("lab"))
			code, problems = create("222233334444", "again")
			require.Equal(t, 1, code)
			require.Contains(t, problems, "222233334444")
			code, problems = create("333344445555", "lab")
			require.Equal(t, 1, code)
			require.Contains(t, problems, `profile "lab"`)
			code, problems = create("3333", "short")
			require.NotZero(t, code)
			require.Contains(t, problems, "twelve digits")

			require.Zero(t, s.Terminate(t))
			code, problems = create("555566667777", "site")
			require.Zero(t, code, problems)
			s.Restart(t)
			require.Equal(t, "555566667777", who("site"))
			require.Equal(t, "222233334444", who("lab"))
			require.Equal(t, "111122223333", who("default"))
		})
	}
}

// TestAcknowledgedWritesSurvive kills the server at random moments under several writers.
func TestAcknowledgedWritesSurvive(t *testing.T) {
	t.Parallel()
	s := server.Start(t)
	for round, region := range []string{"us-east-1", "eu-west-1", "ap-south-1"} {
		config := s.Config(t, "default")
		config.Region, config.RetryMaxAttempts = region, 1
		client := rekognition.NewFromConfig(config)
		enough := 5 + rand.IntN(60)
		acknowledged := make(chan string, 100)
		var writers sync.WaitGroup
		for w := range 4 {
			writers.Go(func() {
				for i := range 24 {
					name := fmt.Sprintf("p-%d-%d", w, i)
					if _, err := client.CreateProject(t.Context(), &rekognition.CreateProjectInput{ProjectName: &name}); err != nil {
						return
					}
					acknowledged <- name
				}
			})
		}
		server.Eventually(t, server.Patience, "enough projects", func(context.Context) bool { return len(acknowledged) >= enough })
		s.Kill()
		writers.Wait()
		close(acknowledged)
		s.Restart(t)
		there := map[string]bool{}
		pages := rekognition.NewDescribeProjectsPaginator(client, &rekognition.DescribeProjectsInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			require.NoError(t, err)
			for _, p := range page.ProjectDescriptions {
				there[strings.Split(*p.ProjectArn, "/")[1]] = true
			}
		}
		count := 0
		for name := range acknowledged {
			require.True(t, there[name], "round %d lost %s", round, name)
			count++
		}
		require.GreaterOrEqual(t, count, enough)
		// The program that did not hear of its last project may ask again.
		_, err := client.CreateProject(t.Context(), &rekognition.CreateProjectInput{ProjectName: aws.String("p-after")})
		require.NoError(t, err)
	}
	require.Empty(t, s.Complaints())
}
