import AppLayoutToolbar from "@cloudscape-design/components/app-layout-toolbar";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import SideNavigation from "@cloudscape-design/components/side-navigation";
import Spinner from "@cloudscape-design/components/spinner";
import TopNavigation from "@cloudscape-design/components/top-navigation";
import { createContext, type ReactNode, Suspense, useContext, useEffect, useMemo, useState } from "react";
import { Outlet, useLocation, useNavigate } from "react-router-dom";
import { regionsWith } from "../session/regions";
import { useHolder, useSession } from "../session/session";
import { Boundary } from "./Boundary";
import { NoticeBar } from "./notices";
import { choose, theme, type Theme } from "./theme";

export interface Crumb {
  text: string;
  href: string;
}

const Context = createContext<(crumbs: Crumb[]) => void>(() => {});

// usePage names the page: in the trail above it and in the browser's tab. The last crumb is the page itself. href is without
// /console.
export function usePage(crumbs: Crumb[]) {
  const set = useContext(Context);
  const key = JSON.stringify(crumbs);
  useEffect(() => {
    const list = JSON.parse(key) as Crumb[];
    set(list);
    document.title = [...list.map((c) => c.text).reverse(), "Ownsight"].join(" - ");
  }, [key, set]);
}

export function Shell(): ReactNode {
  const session = useSession();
  const { begin, end } = useHolder();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [crumbs, setCrumbs] = useState<Crumb[]>([]);
  const [open, setOpen] = useState(window.innerWidth > 900);
  const follow = (event: CustomEvent<{ href?: string; external?: boolean }>) => {
    if (event.detail.external || !event.detail.href?.startsWith("/console/")) return;
    event.preventDefault();
    navigate(event.detail.href.slice("/console".length));
  };
  const there = useMemo(() => regionsWith(session.region), [session.region]);
  return (
    <Context.Provider value={setCrumbs}>
      <div id="top" style={{ position: "sticky", top: 0, zIndex: 1002 }}>
        <TopNavigation
          identity={{ href: "/console/projects", title: "Ownsight", onFollow: follow as never }}
          utilities={[
            {
              type: "menu-dropdown", text: session.region, ariaLabel: `Region ${session.region}`, items: there.map((r) => ({ id: r, text: r, disabled: r === session.region })),
              onItemClick: ({ detail }) => { begin({ ...session, region: detail.id }); navigate(pathname.startsWith("/images") ? "/images" : "/projects"); },
            },
            {
              type: "menu-dropdown", iconName: "settings", ariaLabel: "Appearance", title: "Appearance",
              items: (["system", "light", "dark"] as Theme[]).map((t) => ({ id: t, text: t === "system" ? "As the system" : t === "light" ? "Light" : "Dark", disabled: theme() === t })),
              onItemClick: ({ detail }) => choose(detail.id as Theme),
            },
            {
              type: "menu-dropdown", iconName: "user-profile", text: session.account, description: session.arn, ariaLabel: `Account ${session.account}`,
              items: [{ id: "out", text: "Sign out" }],
              onItemClick: () => { navigate("/projects"); end(); }, // whoever signs in next may have another account's key
            },
          ]}
          i18nStrings={{ overflowMenuTriggerText: "More", overflowMenuTitleText: "All", overflowMenuBackIconAriaLabel: "Back", overflowMenuDismissIconAriaLabel: "Close" }}
        />
      </div>
      <AppLayoutToolbar
        headerSelector="#top"
        toolsHide
        navigationOpen={open}
        onNavigationChange={({ detail }) => setOpen(detail.open)}
        ariaLabels={{ navigation: "Pages", navigationToggle: "Open the list of pages", navigationClose: "Close the list of pages", notifications: "What has happened" }}
        navigation={
          <SideNavigation
            header={{ text: "Custom labels", href: "/console/projects" }}
            activeHref={`/console/${pathname.split("/")[1] ?? ""}`}
            onFollow={follow as never}
            items={[
              { type: "link", text: "Projects", href: "/console/projects" },
              { type: "link", text: "Running models", href: "/console/running" },
              { type: "section-group", title: "AppStream", items: [{ type: "link", text: "Images", href: "/console/images" }] },
            ]}
          />
        }
        breadcrumbs={crumbs.length > 1 ? <BreadcrumbGroup ariaLabel="Trail" items={crumbs.map((c) => ({ ...c, href: `/console${c.href}` }))} onFollow={follow as never} /> : undefined}
        notifications={<NoticeBar />}
        stickyNotifications
        content={<Boundary key={pathname}><Suspense fallback={<Spinner size="large" />}><Outlet /></Suspense></Boundary>}
      />
    </Context.Provider>
  );
}
