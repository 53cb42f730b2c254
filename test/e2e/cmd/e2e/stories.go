package main

import "context"

func run(ctx context.Context, _ []string) error { return up(ctx, nil) }

func test(context.Context, []string) error { return nil }
