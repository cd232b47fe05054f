import "@cloudscape-design/global-styles/index.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter, Navigate, Route, Routes } from "react-router-dom";
import { troubleOf } from "./session/remedy";
import { SessionProvider, useHolder } from "./session/session";
import { SignIn } from "./session/SignIn";
import { NoticesProvider } from "./shell/notices";
import { Shell } from "./shell/Shell";
import { apply } from "./shell/theme";

const Projects = lazy(() => import("./projects/Projects"));
const Project = lazy(() => import("./projects/Project"));
const Dataset = lazy(() => import("./datasets/Dataset"));
const Labelling = lazy(() => import("./labelling/Labelling"));
const Version = lazy(() => import("./versions/Version"));
const Running = lazy(() => import("./running/Running"));
const Images = lazy(() => import("./images/Images"));

// What the server has refused is not asked again; what did not arrive is, until it does.
const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: (_, thrown) => troubleOf(thrown).header === "The server does not answer", retryDelay: 2000, staleTime: 1000, refetchOnWindowFocus: true },
  },
});

function Pages() {
  const { session } = useHolder();
  if (!session) return <SignIn />;
  return (
    <Routes key={`${session.accessKeyId} ${session.region}`}>
      <Route element={<Shell />}>
        <Route path="projects" element={<Projects />} />
        <Route path="projects/:project/*" element={<Project />} />
        <Route path="projects/:project/datasets/:type" element={<Dataset />} />
        <Route path="projects/:project/datasets/:type/label" element={<Labelling />} />
        <Route path="projects/:project/versions/:version/*" element={<Version />} />
        <Route path="running" element={<Running />} />
        <Route path="images/*" element={<Images />} />
        <Route path="*" element={<Navigate to="/projects" replace />} />
      </Route>
    </Routes>
  );
}

apply();
createRoot(document.getElementById("console")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <SessionProvider>
        <NoticesProvider>
          <BrowserRouter basename="/console">
            <Pages />
          </BrowserRouter>
        </NoticesProvider>
      </SessionProvider>
    </QueryClientProvider>
  </StrictMode>,
);
