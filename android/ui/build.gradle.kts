// For Android Studio; not run here, see ../settings.gradle.kts.
plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.compose)
}
android {
    namespace = "org.curtain.ui"
    compileSdk = 37
    defaultConfig { minSdk = 28 }
    compileOptions { sourceCompatibility = JavaVersion.VERSION_17; targetCompatibility = JavaVersion.VERSION_17 }
    sourceSets["main"].kotlin.srcDirs("src/main/kotlin", layout.buildDirectory.dir("words"))
}
val words by tasks.registering(Exec::class) {
    commandLine("python3", file("words").path, layout.buildDirectory.dir("words").get().asFile.path)
}
tasks.named("preBuild") { dependsOn(words) }
dependencies {
    implementation(project(":kit"))
    api(libs.compose.ui)
    api(libs.compose.foundation)
    api(libs.compose.animation)
    api(libs.compose.material3)
    implementation(libs.zxing)
}
