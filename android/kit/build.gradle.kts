// For Android Studio; not run here, see ../settings.gradle.kts. The AAR holds the kit, the bindings and the core's library.
// Before: bindgen/generate generated (from the repository's root). Needs cargo-ndk and an NDK (r28 or newer).
plugins {
    alias(libs.plugins.android.library)
    `maven-publish`
}
android {
    namespace = "org.curtain.kit"
    compileSdk = 37
    defaultConfig { minSdk = 28; consumerProguardFiles("../app/keep.pro") }
    compileOptions { sourceCompatibility = JavaVersion.VERSION_17; targetCompatibility = JavaVersion.VERSION_17 }
    sourceSets["main"].kotlin.srcDirs("src/main/kotlin", "../../generated/kotlin")
    sourceSets["main"].jniLibs.srcDir(layout.buildDirectory.dir("jniLibs"))
    // The JVM's tests are run by android/test.
    sourceSets["test"].kotlin.setSrcDirs(emptyList<String>())
    publishing { singleVariant("release") { withSourcesJar() } }
}
val cargoNdk by tasks.registering(Exec::class) {
    workingDir = file("../..")
    // Android 15 has phones with pages of 16 KB.
    environment("RUSTFLAGS", "-C link-arg=-Wl,-z,max-page-size=16384")
    commandLine(
        "cargo", "ndk", "-t", "arm64-v8a", "-t", "x86_64", "-P", "28",
        "-o", layout.buildDirectory.dir("jniLibs").get().asFile.path, "build", "--release", "-p", "curtain-core",
    )
}
tasks.named("preBuild") { dependsOn(cargoNdk) }
dependencies {
    api(libs.coroutines.android)
    api(libs.jna) { artifact { type = "aar" } }
    implementation(libs.zxing)
}
publishing {
    publications.register<MavenPublication>("release") {
        groupId = "org.curtain"
        artifactId = "kit"
        version = "0.1.0"
        afterEvaluate { from(components["release"]) }
    }
}
