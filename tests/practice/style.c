/* The style of the practice LMS: calm, its own, no request outside. */
#include "practice/lms.h"
#include "practice/pages.h"

static const char css[] =
	":root{--ink:#1d2733;--soft:#566270;--line:#dfe4ea;--edge:#7b8794;--paper:#fff;"
	"--ground:#f5f6f4;--accent:#2f6f4f;--tint:#e9f4ee;color-scheme:light dark}\n"
	"@media(prefers-color-scheme:dark){:root{--ink:#e8ecf0;--soft:#a9b4bf;--line:#36424e;"
	"--edge:#7d8a97;--paper:#1b222a;--ground:#12171c;--accent:#86c8a4;--tint:#1a2e24}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:var(--ground);color:var(--ink);"
	"font:16px/1.5 system-ui,-apple-system,'Segoe UI','Noto Sans',sans-serif}\n"
	"a{color:inherit;text-underline-offset:3px}\n"
	"a:focus-visible,summary:focus-visible,button:focus-visible{outline:3px solid "
	"var(--accent);outline-offset:2px;border-radius:6px}\n"
	".top{display:flex;gap:16px;align-items:baseline;padding:12px 16px;background:var(--paper);"
	"border-block-end:1px solid var(--line);color:var(--soft)}\n"
	".brand{font-weight:700;color:var(--ink);text-decoration:none}\n"
	"main{max-inline-size:1120px;margin:0 auto;padding:24px 16px 48px}\n"
	"h1{font-size:1.5rem;line-height:1.25;margin:0 0 8px}\n"
	"h2{font-size:1.06rem;margin:0}\n"
	"h3{font-size:.86rem;font-weight:600;color:var(--soft);margin:20px 0 4px}\n"
	".lead{max-inline-size:64ch;color:var(--soft);margin:0 0 24px}\n"
	".soft,small{color:var(--soft)}\n"
	".soft{font-size:.94rem;margin:4px 0 0}\n"
	".two{display:grid;gap:16px;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),"
	"1fr));align-items:start}\n"
	".lms{background:var(--paper);border:1px solid var(--line);border-radius:12px;"
	"padding:20px;min-inline-size:0}\n"
	"ul{list-style:none;margin:0;padding:0}\n"
	"li{border-block-start:1px solid var(--line)}\n"
	"li:first-child{border-block-start:0}\n"
	".who{display:block;min-block-size:44px;padding:10px 8px;margin-inline:-8px;"
	"border-radius:10px;text-decoration:none;overflow-wrap:anywhere}\n"
	".who:hover{background:var(--tint)}\n"
	".who span{font-weight:600}\n"
	".who small{display:block;font-size:.94rem}\n"
	".more{display:inline-block;font-size:.86rem;color:var(--soft);padding:0 12px 12px 0}\n"
	"details{margin-block-start:20px}\n"
	"summary{cursor:pointer;min-block-size:44px;padding:10px 0;font-weight:600}\n"
	".wide{max-inline-size:none;padding:12px 16px}\n"
	".crumb{margin:0;font-weight:600}\n"
	".here{display:flex;flex-wrap:wrap;gap:4px 24px;justify-content:space-between;"
	"color:var(--soft);font-size:.94rem}\n"
	".here p{margin:4px 0 12px}\n"
	".here strong{color:var(--ink)}\n"
	"iframe:not([hidden]){inline-size:100%;block-size:calc(100vh - 170px);min-block-size:600px;"
	"border:1px solid var(--line);border-radius:12px;background:var(--paper);display:block}\n"
	".plain main{max-inline-size:60ch}\n"
	"@media print{.top,.here{display:none}}\n";

void page_css(struct reply *r)
{
	r->type = "text/css; charset=utf-8";
	reply_header(r, "Cache-Control", "max-age=600");
	buf_addz(&r->body, css);
}
