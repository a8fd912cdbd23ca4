"""The package as its users see it. Runs under pytest and under unittest alike."""

import array
import concurrent.futures
import copy
import gc
import os
import pickle
import random
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import unittest
from pathlib import Path

import unsaid


def letter(n, state="waiting"):
    topic = ("rain", "trains", "harvest", "winter")[n % 4]
    return b'{"id":%d,"state":"%s","topic":"%s","pages":%d}' % (
        n, state.encode(), topic.encode(), n * 7 % 90)


def learn(state):
    return unsaid.train((letter(n, state) for n in range(1500)), curve=False)


LEVELS = ["fast", "balanced", "small"]
MODEL = learn("waiting")
OTHER = learn("answered")


class Promises(unittest.TestCase):
    def test_documents_come_back_and_are_smaller(self):
        self.assertEqual(MODEL.levels, LEVELS)
        for level in LEVELS:
            compressor = unsaid.Compressor(MODEL, level)
            decompressor = unsaid.Decompressor(MODEL)
            before = after = 0
            for n in range(5000, 5200):
                record = compressor.compress(letter(n))
                self.assertIs(type(record), bytes)
                self.assertEqual(decompressor.decompress(record), letter(n))
                before, after = before + len(letter(n)), after + len(record)
            self.assertLess(after * 2, before, level)
            for odd in (b"", b"\0", bytes(range(256)), b"a" * 100_000):
                record = compressor.compress(odd)
                self.assertLessEqual(len(record), len(odd) + 3)
                self.assertEqual(decompressor.decompress(record), odd)

    def test_functions_do_what_the_objects_do(self):
        record = unsaid.compress(letter(1), MODEL, "fast")
        self.assertEqual(record, unsaid.Compressor(MODEL, "fast").compress(letter(1)))
        self.assertEqual(unsaid.decompress(record, [OTHER, MODEL]), letter(1))

    def test_bare_records_are_six_bytes_shorter_and_need_their_model(self):
        record = unsaid.compress(letter(1), MODEL)
        bare = unsaid.compress(letter(1), MODEL, id=False, check=False)
        self.assertEqual(len(record) - len(bare), 6)
        self.assertEqual(unsaid.decompress(bare, MODEL), letter(1))
        both = unsaid.Decompressor([OTHER, MODEL], bare_model=MODEL)
        self.assertEqual(both.decompress(bare), letter(1))
        with self.assertRaises(unsaid.UsageError):
            unsaid.decompress(bare, [OTHER, MODEL])

    def test_batches_give_the_same_for_any_number_of_threads(self):
        documents = [letter(n) for n in range(20_000)]
        compressor = unsaid.Compressor(MODEL, "fast")
        expected = [compressor.compress(document) for document in documents]
        decompressor = unsaid.Decompressor(MODEL)
        for threads in (0, 1, 2, 5):
            self.assertEqual(compressor.compress_batch(documents, threads=threads), expected)
            self.assertEqual(decompressor.decompress_batch(expected, threads=threads), documents)
        self.assertEqual(compressor.compress_batch([]), [])
        self.assertEqual(compressor.compress_batch(iter(documents[:3])), expected[:3])
        with self.assertRaises(unsaid.UnsaidError) as caught:
            decompressor.decompress_batch([*expected[:10], b"\xff"])
        self.assertIn("record 10", str(caught.exception))

    def test_training_is_deterministic_and_reports(self):
        self.assertEqual(learn("waiting").to_bytes(), MODEL.to_bytes())
        self.assertNotEqual(MODEL, OTHER)
        report = MODEL.report
        self.assertEqual(report["documents"], 1500)
        self.assertEqual(set(report["levels"]), set(LEVELS))
        self.assertLess(report["levels"]["balanced"], report["held_bytes"])
        self.assertEqual(report["warnings"], [])
        few = unsaid.train([letter(n) for n in range(40)], curve=False)
        self.assertIn("64 KiB", few.report["warnings"][0])

    def test_models_go_to_files_and_back(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "letters.unsm"
            MODEL.save(path)
            self.assertEqual(path.read_bytes(), MODEL.to_bytes())
            for source in (path, str(path), MODEL.to_bytes(), bytearray(MODEL.to_bytes())):
                loaded = unsaid.Model.load(source, hash=MODEL.hash)
                self.assertEqual(loaded, MODEL)
                self.assertEqual(hash(loaded), hash(MODEL))
            with self.assertRaises(unsaid.EnvironmentError) as caught:
                OTHER.save(str(path))
            self.assertIn("letters.unsm", str(caught.exception))
            OTHER.save(path, overwrite=True)
            with self.assertRaises(unsaid.CorruptError) as caught:
                unsaid.Model.load(path, hash=MODEL.hash)
            self.assertIn(MODEL.hash, str(caught.exception))
            self.assertEqual(os.listdir(folder), ["letters.unsm"])
            with self.assertRaises(unsaid.EnvironmentError):
                unsaid.Model.load(Path(folder) / "absent")
            with self.assertRaises(unsaid.EnvironmentError):
                unsaid.Model.load(folder)
        self.assertEqual(pickle.loads(pickle.dumps(MODEL)), MODEL)
        self.assertEqual(copy.deepcopy(MODEL), MODEL)
        self.assertIn(MODEL.hash[:8], repr(MODEL))
        self.assertEqual(MODEL.size, len(MODEL.to_bytes()))

    def test_a_missing_model_is_named(self):
        record = unsaid.compress(letter(1), MODEL)
        for models in ([], [OTHER], OTHER):
            with self.assertRaises(unsaid.MissingError) as caught:
                unsaid.decompress(record, models)
            self.assertIn(MODEL.hash[:8], str(caught.exception))
            self.assertTrue(caught.exception.hint)

    def test_the_package_says_that_it_is_typed(self):
        folder = Path(unsaid.__file__).parent
        self.assertTrue((folder / "py.typed").exists())
        stub = (folder / "_unsaid.pyi").read_text()
        compile(stub, "_unsaid.pyi", "exec")
        for name in unsaid.__all__:
            if name not in ("compress", "decompress"):
                self.assertRegex(stub, rf"\b(class|def) {name}\b|^{name}: |\n{name}: ")
        for cls in (unsaid.Model, unsaid.Compressor, unsaid.Decompressor):
            for name in (n for n in vars(cls) if not n.startswith("_")):
                self.assertIn(f"def {name}(", stub)


class Attacks(unittest.TestCase):
    def test_k1_any_memory_with_bytes_is_taken_and_other_memory_is_a_type_error(self):
        compressor, decompressor = unsaid.Compressor(MODEL), unsaid.Decompressor(MODEL)
        text = letter(3)
        doubled = bytes(b for byte in text for b in (byte, 0))
        for form in (
            bytearray(text),
            memoryview(text),
            memoryview(doubled)[::2],
            memoryview(text[::-1])[::-1],
            array.array("B", text),
            memoryview(array.array("B", text)).cast("c"),
            memoryview(bytearray(text)).toreadonly(),
        ):
            record = compressor.compress(form)
            self.assertEqual(decompressor.decompress(record), text)
            self.assertEqual(decompressor.decompress(bytearray(record)), text)
        for wrong in ("text", 7, None, [1, 2], array.array("I", [1]), memoryview(b"abcd").cast("I"), object()):
            for call in (
                compressor.compress,
                decompressor.decompress,
                lambda value: compressor.compress_batch([value]),
                lambda value: unsaid.train([value]),
            ):
                with self.assertRaises(TypeError):
                    call(wrong)
        released = memoryview(bytearray(b"x"))
        released.release()
        with self.assertRaises((TypeError, ValueError)):
            compressor.compress(released)

    def test_k1_memory_that_changes_meanwhile_is_copied_first(self):
        compressor, decompressor = unsaid.Compressor(MODEL, "fast"), unsaid.Decompressor(MODEL)
        shared, stop = bytearray(200_000), threading.Event()

        def change():
            while not stop.is_set():
                for i in range(0, len(shared), 997):
                    shared[i] ^= 0xFF

        thread = threading.Thread(target=change)
        thread.start()
        try:
            for _ in range(30):
                self.assertEqual(len(decompressor.decompress(compressor.compress(shared))), len(shared))
        finally:
            stop.set()
            thread.join()
        # Not held either: it may grow afterwards.
        shared.extend(b"more")

    def test_k2_other_threads_run_while_rust_works(self):
        documents = [letter(n) for n in range(50_000)]
        ticks = []
        done = threading.Event()

        def tick():
            while not done.is_set():
                ticks.append(time.perf_counter())
                time.sleep(0.001)

        compressor = unsaid.Compressor(MODEL, "balanced")
        one = b"".join(documents)[: 2 << 20]
        thread = threading.Thread(target=tick)
        thread.start()
        start = time.perf_counter()
        compressor.compress(one)
        end = time.perf_counter()
        done.set()
        thread.join()
        inside = sum(start < tick < end for tick in ticks)
        self.assertGreater(inside, min(3, (end - start) / 0.05), f"{end - start} s")

    def test_k2_control_c_ends_a_training_and_a_batch(self):
        for work in (
            "unsaid.train(b'%d %d' % (n, n * n) for n in range(400000))",
            "unsaid.train([b'%d %d' % (n, n * n) for n in range(400000)])",
            "c.compress_batch([bytes(1000)] * 1000000)",
        ):
            script = textwrap.dedent(f"""
                import sys, unsaid
                m = unsaid.train((b'%d' % n for n in range(20000)), curve=False)
                c = unsaid.Compressor(m, "small")
                print("ready", flush=True)
                try:
                    while True:
                        {work}
                except KeyboardInterrupt:
                    print("stopped", flush=True)
                """)
            child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
            self.assertEqual(child.stdout.readline(), "ready\n")
            time.sleep(0.7)
            child.send_signal(signal.SIGINT)
            start = time.monotonic()
            out, _ = child.communicate(timeout=60)
            self.assertEqual((out, child.returncode), ("stopped\n", 0), work)
            self.assertLess(time.monotonic() - start, 20, work)

    def test_k2_what_a_callback_raises_comes_out(self):
        class Enough(Exception):
            pass

        seen = []

        def progress(consumed):
            seen.append(consumed)
            if len(seen) == 2:
                raise Enough(consumed)

        documents = [b"%d %d %d" % (n, n * n, n ** 3) for n in range(100_000)]
        with self.assertRaises(Enough):
            unsaid.train(documents, progress=progress)
        self.assertEqual(len(seen), 2)
        self.assertLessEqual(seen[0], seen[1])

        def broken():
            yield letter(1)
            raise Enough

        for call in (unsaid.train, unsaid.Compressor(MODEL).compress_batch):
            with self.assertRaises(Enough):
                call(broken())

    def test_k3_no_bytes_make_more_than_an_unsaid_error(self):
        random_bytes = random.Random(7).randbytes
        # What damage claims is not written: the limit is small.
        decompressor = unsaid.Decompressor([MODEL, OTHER], bare_model=MODEL, max_output=5000)
        records = [unsaid.compress(letter(9), MODEL, level, id=i, check=False) for level in LEVELS for i in (True, False)]
        rng = random.Random(8)
        tried = [random_bytes(rng.randrange(60)) for _ in range(2000)]
        for record in records:
            tried += [record[:n] for n in range(len(record))]
            for _ in range(150):
                damaged = bytearray(record)
                for _ in range(rng.randrange(1, 4)):
                    damaged[rng.randrange(len(damaged))] = rng.randrange(256)
                tried.append(bytes(damaged))
        for record in tried:
            try:
                decompressor.decompress(record)
            except unsaid.UnsaidError as e:
                self.assertNotIsInstance(e, unsaid.InternalError, record)
        file = MODEL.to_bytes()
        for n in [*range(0, 200), *range(200, len(file), 997)]:
            with self.assertRaises(unsaid.UnsaidError):
                unsaid.Model.load(file[:n])
            damaged = bytearray(file)
            damaged[n] ^= 1 << rng.randrange(8)
            with self.assertRaises(unsaid.UnsaidError):
                unsaid.Model.load(damaged)

    def test_k4_objects_are_shared_by_threads_and_survive_a_fork(self):
        compressor, decompressor = unsaid.Compressor(MODEL), unsaid.Decompressor(MODEL)

        def trip(n):
            return decompressor.decompress(compressor.compress(letter(n))) == letter(n)

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertTrue(all(pool.map(trip, range(5000))))
        compressor.compress_batch([letter(n) for n in range(5000)], threads=3)
        if hasattr(os, "fork"):
            child = os.fork()
            if child == 0:
                batch = compressor.compress_batch([letter(n) for n in range(5000)], threads=2)
                os._exit(0 if trip(1) and decompressor.decompress(batch[7]) == letter(7) else 1)
            self.assertEqual(os.waitpid(child, 0)[1], 0)

    def test_k5_paths_and_iterables_that_are_none_are_type_errors(self):
        for wrong in (7, None, [1], object()):
            with self.assertRaises(TypeError):
                unsaid.Model.load(wrong)
        for wrong in (7, None, object()):
            for call in (unsaid.train, unsaid.Compressor(MODEL).compress_batch, unsaid.Decompressor):
                with self.assertRaises(TypeError):
                    call(wrong)
        with self.assertRaises(TypeError):
            unsaid.Decompressor([MODEL, "model"])
        with self.assertRaises((unsaid.EnvironmentError, ValueError)):
            unsaid.Model.load("a\0b")
        for call in (
            lambda: unsaid.Compressor(MODEL, "tiny"),
            lambda: unsaid.train([b"x"], levels=["tiny"]),
            lambda: unsaid.train([]),
            lambda: unsaid.train([b""]),
            lambda: unsaid.Model.load(MODEL.to_bytes(), hash="7"),
        ):
            with self.assertRaises(unsaid.UsageError):
                call()
        with self.assertRaises(OverflowError):
            unsaid.Decompressor(MODEL, max_output=-1)

    def test_k6_output_has_a_limit_by_default_and_one_on_request(self):
        with self.assertRaises(unsaid.LimitError):
            unsaid.compress(bytes(unsaid.MAX_DOCUMENT + 1), MODEL)
        for level in LEVELS:
            record = unsaid.compress(b"a" * 100_000, MODEL, level)
            self.assertEqual(unsaid.decompress(record, MODEL, max_output=100_000), b"a" * 100_000)
            with self.assertRaises(unsaid.LimitError) as caught:
                unsaid.decompress(record, MODEL, max_output=99_999)
            self.assertIn("99999", str(caught.exception))
        with self.assertRaises(unsaid.LimitError):
            unsaid.train([b"abc" * 10_000], max_model_bytes=10)

    def test_k7_a_coder_is_good_after_an_error(self):
        for level in LEVELS:
            compressor = unsaid.Compressor(MODEL, level)
            decompressor = unsaid.Decompressor(MODEL, max_output=1000)
            record = compressor.compress(letter(5))
            for _ in range(20):
                with self.assertRaises(unsaid.LimitError):
                    compressor.compress(bytes(unsaid.MAX_DOCUMENT + 1))
                for bad in (record[:-1], record[:3], b"", compressor.compress(b"b" * 2000)):
                    with self.assertRaises(unsaid.UnsaidError):
                        decompressor.decompress(bad)
                self.assertEqual(compressor.compress(letter(5)), record)
                self.assertEqual(decompressor.decompress(record), letter(5))

    def test_objects_do_not_leak(self):
        compressor = unsaid.Compressor(MODEL, "fast")
        decompressor = unsaid.Decompressor(MODEL)

        def resident():
            with open("/proc/self/statm") as statm:
                return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

        def work():
            for n in range(500):
                decompressor.decompress(compressor.compress(bytearray(letter(n) * 100)))
                try:
                    decompressor.decompress(b"\xff" * 5000)
                except unsaid.UnsaidError:
                    pass
            gc.collect()

        if os.path.exists("/proc/self/statm"):
            work()
            before = resident()
            work()
            self.assertLess(resident() - before, 4 << 20)


if __name__ == "__main__":
    unittest.main()
