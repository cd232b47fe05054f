package docs

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ownsight/internal/client"
	"ownsight/test/server"
)

const onnxPage = "docs/guide/onnx.md"

// TestONNXElsewhere trains models of every kind, takes their files out as the page says and gives them to its programs: each
// must answer as the server does.
func TestONNXElsewhere(t *testing.T) {
	t.Parallel()
	s, patient := server.Start(t), server.New(t)
	patient.Setenv("OWNSIGHT_TRAIN_SECONDS", "9")
	patient.Restart(t)
	models := onnxTrain(t, s, patient)
	r := open(t, onnxPage)
	r.at(t, s)
	require.NoError(t, os.Symlink(filepath.Join(server.Repository(), "examples"), filepath.Join(r.folder, "examples")))
	for _, m := range models {
		r.hasFile(t, m.name+".onnx", m.file)
		for _, p := range m.pictures {
			r.hasFile(t, p.name, p.file)
		}
	}
	onnxRun(t, r, find(t, onnxPage, "onnx-download"))
	downloaded, err := os.ReadFile(filepath.Join(r.folder, "parts.onnx"))
	require.NoError(t, err)
	require.Equal(t, models[0].file, downloaded, "the command line gives the file of the bucket")

	t.Run("card", func(t *testing.T) { onnxCards(t, models) })
	t.Run("command", func(t *testing.T) { onnxCommand(t, r, models) })
	t.Run("python", func(t *testing.T) {
		onnxQuotes(t, "onnx-python-code", "examples/onnx/python/detect.py")
		r.setenv("PIP_NO_INDEX", "1") // the packages that the tests have must be those
		require.NotContains(t, r.follow(t, "onnx-python-packages"), "Installing")
		onnxAsk(t, r, "onnx-python", models, onnxSame, onnxSame)
	})
	t.Run("go", func(t *testing.T) {
		onnxQuotes(t, "onnx-go-code", "examples/onnx/go/model.go")
		onnxRun(t, r, find(t, onnxPage, "onnx-go-build"))
		onnxAsk(t, r, "onnx-go", models, onnxStep, onnxDecoded)
	})
	t.Run("browser", func(t *testing.T) {
		onnxQuotes(t, "onnx-browser-code", "examples/onnx/browser/detect.js")
		syntax(t, find(t, onnxPage, "onnx-browser-packages"))
		onnxBrowse(t, r, models)
	})
	require.Empty(t, s.Complaints())
	require.Empty(t, patient.Complaints())
}

// onnxQuotes demands that a block of the page is a part of a program.
func onnxQuotes(t *testing.T, name, path string) {
	t.Helper()
	program, err := os.ReadFile(filepath.Join(server.Repository(), path))
	require.NoError(t, err)
	require.Contains(t, string(program), find(t, onnxPage, name).text, "%s as it is quoted", path)
	require.Contains(t, page(t, onnxPage), "("+strings.Repeat("../", 2)+path+")", "the page links to the whole program")
}

// onnxCards holds the page's card against those of the models: it names what each of them has.
func onnxCards(t *testing.T, models []onnxModel) {
	var shown map[string]any
	text := page(t, onnxPage)
	_, text, found := strings.Cut(text, "```json\n")
	require.True(t, found)
	text, _, _ = strings.Cut(text, "```")
	require.NoError(t, json.Unmarshal([]byte(text), &shown))
	for _, m := range models {
		var card map[string]any
		require.NoError(t, json.Unmarshal(m.beside, &card))
		for key := range shown {
			require.Contains(t, card, key, m.name)
		}
		if m.card.Task == shown["task"] {
			require.Equal(t, shown["labels"], card["labels"])
			require.Equal(t, shown["input"], card["input"])
			require.Equal(t, shown["output"], card["output"])
		}
	}
}

// onnxAsk runs a program as the page does, on every model and all its pictures: with the model's thresholds, and with none.
func onnxAsk(t *testing.T, r *reader, name string, models []onnxModel, ofPNG, ofJPEG onnxTolerance) {
	t.Helper()
	shown := find(t, onnxPage, name)
	for _, m := range models {
		var files []string
		for _, p := range m.pictures {
			files = append(files, p.name)
		}
		for _, least := range []string{"", "--min-confidence 0 "} {
			b := shown
			require.Contains(t, b.text, " parts.onnx some.jpg\n")
			b.text = strings.ReplaceAll(b.text, " parts.onnx some.jpg\n", " "+least+m.name+".onnx "+strings.Join(files, " ")+"\n")
			lines := strings.Split(strings.TrimSpace(onnxRun(t, r, b)), "\n")
			require.Len(t, lines, len(files))
			for i, line := range lines {
				var said struct {
					Picture      string
					CustomLabels []onnxAnswer
				}
				require.NoError(t, json.Unmarshal([]byte(line), &said), line)
				require.Equal(t, files[i], said.Picture)
				tolerance := ofPNG
				if strings.HasSuffix(files[i], ".jpg") {
					tolerance = ofJPEG
				}
				m.compare(t, i, said.CustomLabels, least == "", tolerance)
			}
		}
	}
	require.Contains(t, onnxRun(t, r, shown), `"some.jpg"`)
}

// onnxCommand asks the files with this program's own command, which is told of no server: it answers as the server does.
func onnxCommand(t *testing.T, r *reader, models []onnxModel) {
	t.Helper()
	shown := find(t, onnxPage, "onnx-command")
	require.Contains(t, onnxRun(t, r, shown), "some.jpg")
	for _, m := range models {
		var files []string
		for _, p := range m.pictures {
			files = append(files, p.name)
		}
		for _, least := range []string{"", "--min-confidence 0 "} {
			b := shown
			b.text = strings.ReplaceAll(b.text, " parts.onnx some.jpg", " --endpoint http://127.0.0.1:1 --output json "+least+m.name+".onnx "+strings.Join(files, " "))
			lines := strings.Split(strings.TrimSpace(onnxRun(t, r, b)), "\n")
			require.Len(t, lines, len(files))
			for i, line := range lines {
				var said client.Answer
				require.NoError(t, json.Unmarshal([]byte(line), &said), line)
				require.Equal(t, files[i], said.Picture)
				var answers []onnxAnswer
				for _, l := range said.Labels {
					a := onnxAnswer{Name: l.Name, Confidence: float64(l.Confidence)}
					if b := l.Box; b != nil {
						a.Geometry = &struct{ BoundingBox onnxBox }{onnxBox{float64(b.Left), float64(b.Top), float64(b.Width), float64(b.Height)}}
					}
					answers = append(answers, a)
				}
				m.compare(t, i, answers, least == "", onnxTolerance{points: 1e-4})
			}
		}
	}
}

// onnxRun runs a block in a terminal of its own, and gives what it printed.
func onnxRun(t *testing.T, r *reader, b block) string {
	t.Helper()
	cmd := r.command(t, b)
	cmd.Env = append(cmd.Env, "SESSION="+filepath.Join(t.TempDir(), "session"))
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} { // which lie below the home
		value, err := exec.Command("go", "env", name).Output()
		require.NoError(t, err)
		cmd.Env = append(cmd.Env, name+"="+strings.TrimSpace(string(value)))
	}
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	require.NoError(t, err, "%s: %s\n%s\n%s", r.page, b.name, out, problems.String())
	return string(out)
}

// onnxBrowse opens the page in Chromium, chooses models and pictures as people do, and reads what it shows.
func onnxBrowse(t *testing.T, r *reader, models []onnxModel) {
	node, err := exec.LookPath("node")
	require.NoError(t, err, "install Node.js 20 or later (nodejs)")
	chromium, err := exec.LookPath("chromium")
	require.NoError(t, err, "install Chromium (chromium)")
	driver := filepath.Join(server.Repository(), "test", "browser")
	require.DirExists(t, filepath.Join(driver, "node_modules"), `"make test" installs what drives the browser: npm ci in test/browser`)
	require.DirExists(t, filepath.Join(server.Repository(), "examples/onnx/browser/node_modules"),
		`"make test" installs what the page needs: npm ci in examples/onnx/browser`)
	at := onnxServe(t, r)
	type visit struct {
		Model    string
		Pictures []string
	}
	var visits []visit
	for _, m := range models {
		v := visit{Model: filepath.Join(r.folder, m.name+".onnx")}
		for _, p := range m.pictures {
			v.Pictures = append(v.Pictures, filepath.Join(r.folder, p.name))
		}
		visits = append(visits, v)
	}
	plan, err := json.Marshal(visits)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), node, "--input-type=module", "-e", onnxVisitor)
	cmd.Dir = driver
	cmd.Env = append(os.Environ(), "CHROMIUM="+chromium, "PAGE="+at, "PLAN="+string(plan), "SCREENSHOTS="+os.Getenv("OWNSIGHT_SCREENSHOTS"))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	var seen [][]struct {
		Shown []string  // what the list says
		Drawn []onnxBox // the rectangles over the picture
		Said  []onnxAnswer
		All   []onnxAnswer // without thresholds
	}
	require.NoError(t, json.Unmarshal(out, &seen), "%s", out)
	for i, m := range models {
		require.Len(t, seen[i], len(m.pictures))
		for k, s := range seen[i] {
			tolerance := onnxStep
			if strings.HasSuffix(m.pictures[k].name, ".jpg") {
				tolerance = onnxDecoded
			}
			m.compare(t, k, s.Said, true, tolerance)
			m.compare(t, k, s.All, false, tolerance)
			var shown []string
			var drawn []onnxBox
			for _, a := range s.Said {
				shown = append(shown, a.text())
				if a.Geometry != nil {
					drawn = append(drawn, a.Geometry.BoundingBox)
				}
			}
			require.Equal(t, shown, s.Shown, m.pictures[k].name)
			require.Equal(t, drawn, s.Drawn, m.pictures[k].name)
		}
	}
}

// onnxVisitor is somebody at a browser.
const onnxVisitor = `
import { chromium } from "playwright-core";
const { CHROMIUM, PAGE, PLAN, SCREENSHOTS } = process.env;
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const tab = await browser.newPage();
tab.setDefaultTimeout(480_000); // what takes longer than this never happens: the machine may be busy with other tests
tab.on("pageerror", (e) => { throw e; });
const own = ["", "detect.js", "node_modules/onnxruntime-web/dist/"].map((path) => PAGE + path);
tab.on("request", (r) => {
  const known = /^(blob|data):/.test(r.url()) || own.slice(0, 2).includes(r.url()) || r.url().startsWith(own[2]);
  if (!known) throw new Error("a request to " + r.url());
});
tab.on("console", (m) => { if (m.type() === "error") throw new Error(m.text()); });
const seen = [];
for (const { Model, Pictures } of JSON.parse(PLAN)) {
  await tab.goto(PAGE);
  await tab.getByLabel("Model").setInputFiles(Model);
  await tab.getByText("Now choose a picture.").waitFor();
  const pictures = [];
  for (const picture of Pictures) {
    await tab.getByLabel("Picture").setInputFiles(picture);
    await tab.waitForFunction(() => /^(Nothing.*)?$/.test(document.getElementById("status").textContent));
    pictures.push(await tab.evaluate(async () => {
      const { Model } = await import("./detect.js");
      const file = (id) => document.getElementById(id).files[0];
      globalThis.again ??= await Model.open(new Uint8Array(await file("model").arrayBuffer()));
      const number = (rect, name) => Number(rect.getAttribute(name));
      return {
        Shown: [...document.querySelectorAll("#answers li")].map((li) => li.textContent),
        Drawn: [...document.querySelectorAll("#boxes rect")].map((r) =>
          ({ Left: number(r, "x"), Top: number(r, "y"), Width: number(r, "width"), Height: number(r, "height") })),
        Said: await globalThis.again.detect(file("picture")),
        All: await globalThis.again.detect(file("picture"), 0),
      };
    }));
    if (SCREENSHOTS) await tab.screenshot({ path: SCREENSHOTS + "/onnx-" + seen.length + "-" + pictures.length + ".png", fullPage: true });
  }
  seen.push(pictures);
}
await browser.close();
console.log(JSON.stringify(seen, (_, v) => (Array.isArray(v) && v.length === 0 ? undefined : v)));
`
