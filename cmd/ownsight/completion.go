package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ownsight/internal/client"
)

// quickly is how long a shell waits for names from the server.
const quickly = 1500 * time.Millisecond

// offer is what an argument can be: one of a few words, a name that the server knows, a file, or nothing.
type offer struct {
	words []string
	ask   func(context.Context, *client.Client) ([]string, error)
	files bool
}

var (
	aFile    = offer{files: true}
	nothing  = offer{}
	aDataset = offer{words: []string{"train", "test"}}
	aProject = offer{ask: func(ctx context.Context, c *client.Client) ([]string, error) { return c.ProjectNames(ctx) }}
	aModel   = offer{ask: modelNames}
	anImage  = offer{ask: imageNames}
)

// modelNames are PROJECT/VERSION.
func modelNames(ctx context.Context, c *client.Client) ([]string, error) {
	list, err := c.Versions(ctx, "")
	names := make([]string, 0, len(list))
	for _, v := range list {
		names = append(names, v.Project+"/"+v.Name)
	}
	return names, err
}

// imageNames are those of a region.
func imageNames(ctx context.Context, c *client.Client) ([]string, error) {
	list, err := c.Images(ctx, "")
	names := make([]string, 0, len(list))
	for _, i := range list {
		names = append(names, i.Name)
	}
	return names, err
}

// offers are the arguments of the commands by their place; the last one is that of all that follow. Commands that are not among
// them take files.
var offers = map[string][]offer{
	"detect":                {aModel, aFile},
	"model list":            {aProject, nothing},
	"model start":           {aModel, nothing},
	"model stop":            {aModel, nothing},
	"model delete":          {aModel, nothing},
	"model copy":            {aModel, aProject, nothing},
	"model units":           {aModel, nothing},
	"model report":          {aModel, nothing},
	"model download":        {aModel, aFile},
	"model tag":             {aModel, nothing},
	"project list":          {nothing},
	"project create":        {nothing},
	"project delete":        {aProject, nothing},
	"project train":         {aProject, nothing},
	"project export":        {aProject, aFile},
	"dataset show":          {aProject, aDataset, nothing},
	"dataset list":          {aProject, aDataset, nothing},
	"dataset errors":        {aProject, aDataset, nothing},
	"project policy put":    {aProject, nothing, aFile},
	"project policy list":   {aProject, nothing},
	"project policy delete": {aProject, nothing},
	"dataset create":        {aProject, aDataset, nothing},
	"dataset update":        {aProject, aDataset, aFile},
	"dataset split":         {aProject, nothing},
	"dataset delete":        {aProject, aDataset, nothing},
	"dataset export":        {aProject, aDataset, aFile},
	"image show":            {anImage, nothing},
	"image copy":            {anImage, nothing},
	"image share":           {anImage, nothing},
	"image unshare":         {anImage, nothing},
	"image export":          {anImage, nothing},
	"image update":          {anImage, nothing},
	"image exports":         {nothing},
	"image tag":             {anImage, nothing},
	"image delete":          {anImage, nothing},
}

// complete teaches a command and those below it to complete their arguments, and --output.
func complete(cmd *cobra.Command) {
	for _, below := range cmd.Commands() {
		complete(below)
	}
	if cmd.Flags().Lookup("output") != nil {
		formats := []string{string(asText), string(asJSON)}
		_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
	}
	_, path, _ := strings.Cut(cmd.CommandPath(), " ")
	if list := offers[path]; list != nil {
		cmd.ValidArgsFunction = completing(list)
	}
}

// completing asks the server for names, where one answers quickly to a key that is at hand, and is silent where none does.
func completing(list []offer) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		next := list[min(len(args), len(list)-1)]
		if next.files {
			return nil, cobra.ShellCompDirectiveDefault
		}
		found := slices.Clone(next.words)
		if next.ask != nil {
			found = ask(cmd, next)
		}
		return slices.DeleteFunc(found, func(name string) bool { return !strings.HasPrefix(name, typed) }), cobra.ShellCompDirectiveNoFileComp
	}
}

// ask gets names from the server that the flags name.
func ask(cmd *cobra.Command, o offer) []string {
	ctx, cancel := context.WithTimeout(cmd.Context(), quickly)
	defer cancel()
	var t client.Target
	for flag, value := range map[string]*string{"endpoint": &t.Endpoint, "data": &t.Data, "profile": &t.Profile, "region": &t.Region} {
		if f := cmd.Flag(flag); f != nil {
			*value = f.Value.String()
		}
	}
	c, err := client.Connect(ctx, t)
	if err != nil {
		return nil
	}
	names, err := o.ask(ctx, c)
	if err != nil {
		return nil
	}
	return names
}
