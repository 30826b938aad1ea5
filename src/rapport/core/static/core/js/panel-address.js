// The address of a page whose side panel is open: /people/?sort=name&panel=/people/17/

/** An address without what the panel adds to it. */
export const beneath = (href) => {
  const url = new URL(href, location.href);
  url.searchParams.delete("panel");
  return url;
};

/** The address of the record in the panel: of this site, or none. */
export const inside = (href = location.href) => {
  const given = new URL(href, location.href).searchParams.get("panel");
  const url = given && new URL(given, location.href);
  return url && url.origin === location.origin ? url.pathname + url.search : "";
};

/** This page's address with a record in its panel. */
export const withPanel = (record) => {
  const url = beneath(location.href);
  return `${url.pathname}${url.search ? `${url.search}&` : "?"}panel=${encodeURIComponent(record).replaceAll("%2F", "/")}`;
};

export const pathOf = (link) => {
  const url = new URL(link.href, location.href);
  return url.pathname + url.search;
};
