import {test} from 'vitest'; import {openBrowser, serveTestPage} from './browser.ts';
test('dbg', async()=>{ const t0=performance.now(); const lap=(l)=>console.log(l, Math.round(performance.now()-t0)); const b=await openBrowser({webgpu:true}); const s=await serveTestPage(); lap('built');
for (const rt of ['wasm','webgpu']) { const page=await b.newPage(); page.on('console',m=>console.log(m.type(),m.text())); 
await page.goto(s.address); lap('page');
const e=await page.evaluate((n)=>tests.ops(n), rt); lap('ops '+rt); const w=Object.entries(e).sort((a,b)=>b[1]-a[1]).slice(0,4); console.log(rt, JSON.stringify(w));
for (const a of [1,2]) { console.log(JSON.stringify(await page.evaluate(([n,a])=>tests.training(n,a), [rt,a]))); lap('train'+a); }
console.log(await page.evaluate((n)=>tests.overlapping(n), rt)); lap('overlap'); 
if (rt==='webgpu') {console.log(JSON.stringify(await page.evaluate((n)=>tests.liveBuffers(), rt))); lap('live');} }
await b.close(); await s.close(); }, 100000);
