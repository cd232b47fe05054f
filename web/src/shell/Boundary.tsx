import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { Component, type ReactNode } from "react";

// Boundary keeps the console standing when a page cannot be shown: its files did not arrive because the server was away, or are
// those of an older server.
export class Boundary extends Component<{ children: ReactNode }, { thrown?: unknown }> {
  override state: { thrown?: unknown } = {};

  static getDerivedStateFromError(thrown: unknown) {
    return { thrown };
  }

  override render() {
    if (this.state.thrown === undefined) return this.props.children;
    return (
      <Alert type="error" header="This page could not be shown" action={<Button onClick={() => window.location.reload()}>Load it again</Button>}>
        The server may be starting again, or was replaced by a newer one. Nothing that was saved is lost.
      </Alert>
    );
  }
}
